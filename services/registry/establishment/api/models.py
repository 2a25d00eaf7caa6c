"""What the doors of an establishment take and answer."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from services.registry.establishment.kinds import MOST
from services.registry.field_types import Body, example, strict_example
from shared.http.strict_types import Code, Name, RecordedDay, Whole

_UNIT = "SL-F-K7Q2M9X4AB"
_ESTABLISHED: dict[str, Any] = {
    "unit_code": _UNIT, "role_code": "ward-manager", "posts": 3, "valid_from": "2026-01-01",
}  # fmt: skip
_NORM: dict[str, Any] = {
    "unit_type": "Community Health Centre", "role_code": "ward-manager", "posts": 2, "valid_from": "2026-01-01",
}  # fmt: skip
_MINIMUM: dict[str, Any] = {"unit_code": _UNIT, "cadre": "Nurse", "staff": 4, "valid_from": "2026-01-01"}
_ROLE = {
    "role_code": "ward-manager", "level": "B", "leadership": True, "established": 3, "filled": 2, "acting": 1,
    "vacant": 1, "norm": 2, "gap": 0, "units_with_norm": 1, "units_meeting_norm": 1,
}  # fmt: skip
_CADRE = {"cadre": "Nurse", "minimum": 4, "present": 3, "short": 1}

Amount = Annotated[Whole, Field(ge=0, le=MOST)]


class EstablishedPosts(Body):
    """So many posts in a role are established at a unit from a day on; 0: none any more."""

    model_config = strict_example(_ESTABLISHED)
    role_code: Code
    posts: Amount
    valid_from: RecordedDay
    unit_code: Code


class PostNorm(Body):
    """Each unit of a type, as units have it, should have so many posts in a role from a day on; 0: no norm."""

    model_config = strict_example(_NORM)
    unit_type: Name
    role_code: Code
    posts: Amount
    valid_from: RecordedDay


class StaffingMinimum(Body):
    """A unit needs so many staff of a cadre at least from a day on; 0: no minimum."""

    model_config = strict_example(_MINIMUM)
    cadre: Name
    staff: Amount
    valid_from: RecordedDay
    unit_code: Code


class Established(BaseModel):
    """Established posts from a day on."""

    model_config = example(_ESTABLISHED)
    unit_code: str
    role_code: str
    posts: int
    valid_from: RecordedDay


class EstablishedList(BaseModel):
    """One page of established posts; of a role the newest first day up to a day counts."""

    model_config = example({"items": [_ESTABLISHED], "next": None})
    items: list[Established]
    next: str | None


class Norm(BaseModel):
    """A norm from a day on."""

    model_config = example(_NORM)
    unit_type: str
    role_code: str
    posts: int
    valid_from: RecordedDay


class NormList(BaseModel):
    """One page of norms; of a type and role the newest first day up to a day counts."""

    model_config = example({"items": [_NORM], "next": None})
    items: list[Norm]
    next: str | None


class Minimum(BaseModel):
    """A staffing minimum from a day on."""

    model_config = example(_MINIMUM)
    unit_code: str
    cadre: str
    staff: int
    valid_from: RecordedDay


class MinimumList(BaseModel):
    """One page of staffing minimums; of a cadre the newest first day up to a day counts."""

    model_config = example({"items": [_MINIMUM], "next": None})
    items: list[Minimum]
    next: str | None


class RolePosts(BaseModel):
    """Posts in one role.

    `filled` are people who hold one, not acting; `acting` those who do so for another. `vacant` are established
    posts that are not filled, `gap` what is missing to the norm, both counted unit by unit. Null: not stated.
    """

    role_code: str
    level: str | None
    leadership: bool
    established: int | None
    filled: int
    acting: int
    vacant: int | None
    norm: int | None
    gap: int | None
    units_with_norm: int
    units_meeting_norm: int


class CadreStaff(BaseModel):
    """Staff of one cadre that has a minimum; `short` is what is missing, counted unit by unit."""

    cadre: str
    minimum: int
    present: int
    short: int


class Establishment(BaseModel):
    """What a unit should have on a day, and what it has; with `tree` all units below it, too."""

    model_config = example(
        {"unit": _UNIT, "on": "2026-10-01", "tree": False, "roles": [_ROLE], "cadres": [_CADRE]}
    )
    unit: str
    on: RecordedDay
    tree: bool
    roles: list[RolePosts]
    cadres: list[CadreStaff]
