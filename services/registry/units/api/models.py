"""What the doors of units take and answer."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator

from services.registry.field_types import Body, Identifier, UnitLevel, example, not_null, strict_example
from shared.http.strict_types import Amount, Code, Flag, Name, RecordedDay

_UNIT: dict[str, Any] = {
    "unit_code": "SL-F-K7Q2M9X4AB", "version": 1, "name": "Baama Community Health Centre", "level": "facility",
    "type": "Community Health Centre", "ownership": "MoH", "latitude": 8.3588, "longitude": -11.3329,
    "rural": True,
    "parent": "SL-EASTERN", "path": ["SL", "SL-EASTERN", "SL-F-K7Q2M9X4AB"], "open_from": "2000-01-01",
    "closed_on": None, "successors": [], "identifiers": [{"system": "mfl", "value": "MFL-10482"}],
}  # fmt: skip
_NEW = {key: _UNIT[key] for key in ("name", "type", "ownership", "latitude", "longitude", "rural")}

Latitude = Annotated[Amount, Field(ge=-90, le=90)]
Longitude = Annotated[Amount, Field(ge=-180, le=180)]


class Unit(BaseModel):
    """An organisational unit as it is today."""

    model_config = example(_UNIT)
    unit_code: str
    version: int
    name: str
    level: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    rural: bool | None
    parent: str | None
    path: list[str]
    open_from: RecordedDay
    closed_on: RecordedDay | None
    successors: list[str]
    identifiers: list[Identifier]


class Placement(BaseModel):
    """Under which parent a unit stands from a day on."""

    valid_from: RecordedDay
    parent: str


class UnitInFull(Unit):
    """A unit with all its dated places, past and to come."""

    model_config = example({**_UNIT, "placements": [{"valid_from": "2000-01-01", "parent": "SL-EASTERN"}]})
    placements: list[Placement]


class Units(BaseModel):
    """One page of units."""

    model_config = example({"items": [_UNIT], "next": None})
    items: list[Unit]
    next: str | None


_ONCE = {key: value for key, value in _UNIT.items() if key not in ("unit_code", "path", "identifiers")} | {
    "recorded_at": "2026-10-01T08:00:00Z"
}


class UnitVersion(BaseModel):
    """What a unit was once."""

    version: int
    name: str
    level: str
    type: str
    ownership: str | None
    latitude: float | None
    longitude: float | None
    rural: bool | None
    parent: str | None
    open_from: RecordedDay
    closed_on: RecordedDay | None
    successors: list[str]
    recorded_at: datetime


class UnitVersions(BaseModel):
    """One page of versions, oldest first."""

    model_config = example({"items": [_ONCE], "next": None})
    items: list[UnitVersion]
    next: str | None


class UnitDescription(Body):
    """What can be changed of a unit without moving it; fields left out stay."""

    model_config = strict_example({"name": "Baama CHC", "rural": False})
    name: Name | None = None
    type: Name | None = None
    ownership: Name | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    rural: Flag | None = None

    _present = field_validator("name", "type")(not_null)


class NewUnit(Body):
    """A unit to be created by a split: level and parent are those of the unit that is split."""

    model_config = strict_example({"unit_code": "SL-F-NEW", **_NEW})
    unit_code: Code
    name: Name
    type: Name
    ownership: Name | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    rural: Flag | None = None


class UnitToCreate(NewUnit):
    """A unit to be created; without a parent it is the root."""

    model_config = strict_example(
        {"unit_code": "SL-F-NEW", "level": "facility", "parent": "SL-EASTERN", **_NEW}
    )
    level: UnitLevel
    parent: Code | None = None
    open_from: RecordedDay | None = None


class Move(Body):
    """The unit stands under `parent` from the day `on`: today when left out, past and future as well."""

    model_config = strict_example({"parent": "SL-NORTHERN", "on": "2027-01-01"})
    parent: Code
    on: RecordedDay | None = None
