"""Headcounts and units of the nation at a hub, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.registry.field_types import CodeQuery, Level, example
from services.registry.national import queries
from shared.directory.authorization import require_country
from shared.federation import unit_answers
from shared.federation.regional_answers import answer, require_hub
from shared.federation.regional_units import Below
from shared.federation.unit_answers import UnitOfRegion
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

NAMES = ("people", "women")
_TOTAL = {"people": 1240, "women": 702, "regions": 2, "suppressed": 0}
_REGION: dict[str, Any] = {
    "region": "north",
    "people": 640,
    "women": 351,
    "version": 12,
    "epoch": 1,
    "as_of": "2026-11-23",
    "received_at": "2026-11-23T08:00:02Z",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "suppressed": False,
}


class NationalHeadcount(BaseModel):
    """The sum over the regions that published figures; null where none did.

    `women` is null too while one of these regions withholds them: of one to four women or men nobody is told.
    """

    model_config = example(_TOTAL)
    people: int | None
    women: int | None
    regions: int
    suppressed: int = Field(
        description="Always 0: a region that published no figure is not listed, whether nobody counts or few."
    )


class RegionalHeadcount(BaseModel):
    """A region as it published itself; `trace_id` names the region's own trace, `women` is null where withheld."""

    model_config = example(_REGION)
    region: str
    people: int | None
    women: int | None
    version: int
    epoch: int
    as_of: date | None
    received_at: datetime
    trace_id: str | None
    suppressed: bool


class NationalHeadcounts(BaseModel):
    """The nation and its regions."""

    model_config = example({"national": _TOTAL, "regions": [_REGION]})
    national: NationalHeadcount
    regions: list[RegionalHeadcount]


@router.get("/headcounts", summary="People of the nation by level of their role")
async def headcounts(session: Reads, caller: Caller, request: Request, level: Level) -> NationalHeadcounts:
    """At a hub: what regions published. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return NationalHeadcounts.model_validate(answer(await queries.headcounts(session, level), NAMES))


_HEADCOUNT: dict[str, Any] = {
    "level": "B",
    "people": 64,
    "women": 35,
    "version": 12,
    "epoch": 1,
    "as_of": "2026-11-23",
    "suppressed": False,
}
_UNIT: dict[str, Any] = {**unit_answers.EXAMPLE, "headcounts": [_HEADCOUNT]}


class UnitHeadcount(BaseModel):
    """A unit with all below it, as its region published it; `women` are null where they are withheld."""

    model_config = example(_HEADCOUNT)
    level: str
    people: int | None
    women: int | None
    version: int
    epoch: int
    as_of: date | None
    suppressed: bool


class RegionalUnit(UnitOfRegion):
    """A unit of a region; `headcounts` are of the levels of role that the region spoke of.

    `name` is null while the region runs a version that does not say it.
    """

    model_config = example(_UNIT)
    headcounts: list[UnitHeadcount]


class RegionalUnits(BaseModel):
    """A page of a region's units."""

    model_config = example({"items": [_UNIT], "next": None})
    items: list[RegionalUnit]
    next: str | None


@router.get("/units", summary="Units of a region, a level at a time")
async def units(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str, Query(min_length=1, max_length=64)],
    parent: CodeQuery = None,
) -> RegionalUnits:
    """At a hub: the units below `parent`, the region's tops without it. Roles as for headcounts."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return RegionalUnits.model_validate(await queries.units(session, Below(region, parent), paging))
