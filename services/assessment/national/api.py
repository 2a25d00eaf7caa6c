"""Scores of the nation at a hub, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.assessment.national import queries
from shared.directory.authorization import require_country
from shared.federation import unit_answers
from shared.federation.regional_answers import require_hub
from shared.federation.regional_units import Below
from shared.federation.unit_answers import UnitOfRegion
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

Level = Annotated[Literal["B", "I", "A"], Query(examples=["I"])]

_FIGURE: dict[str, Any] = {
    "people": 640,
    "sum": 198_400,
    "mean": 310,
    "below_target": 402,
    "below_target_of": 640,
}
_TOTAL: dict[str, Any] = {"people": 640, "figures": [_FIGURE], "regions": 2, "suppressed": 0}
_REGION: dict[str, Any] = {
    "region": "north",
    "people": 640,
    "figures": [_FIGURE],
    "version": 12,
    "epoch": 1,
    "received_at": "2026-11-23T08:00:02Z",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "suppressed": False,
}


class NationalFigure(BaseModel):
    """One competency: sum and mean in hundredths; `below_target` of those in regions that tell it."""

    people: int
    sum: int
    mean: int
    below_target: int | None
    below_target_of: int | None


class NationalRollup(BaseModel):
    """Sums over the regions that published figures; null where none did."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOTAL]})
    people: int | None
    figures: list[NationalFigure | None] | None
    regions: int
    suppressed: int = Field(
        description="Always 0: a region that published no figure is not listed, whether nobody counts or few."
    )


class RegionalRollup(BaseModel):
    """A region as it published itself; `trace_id` names the region's own trace."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REGION]})
    region: str
    people: int | None
    figures: list[NationalFigure | None] | None
    version: int
    epoch: int
    received_at: datetime
    trace_id: str | None
    suppressed: bool


class NationalRollups(BaseModel):
    """The nation and its regions; `figures` follow `competencies`, on the `scale`: 301 is 3.01 of 1 to 5."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"scale": "hundredths", "competencies": ["QM"], "national": _TOTAL, "regions": [_REGION]}
            ]
        }
    )
    scale: str
    competencies: list[str]
    national: NationalRollup
    regions: list[RegionalRollup]


@router.get("/rollups", summary="Scores of the nation by competency")
async def rollups(
    session: Reads, caller: Caller, request: Request, period: PeriodQuery, level: Level
) -> NationalRollups:
    """At a hub: what regions published. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return NationalRollups.model_validate(await queries.rollups(session, period, level))


_UNIT_FIGURES: dict[str, Any] = {
    "people": 24,
    "figures": [_FIGURE],
    "version": 12,
    "epoch": 1,
    "suppressed": False,
}
_UNIT: dict[str, Any] = {**unit_answers.EXAMPLE, "rollup": _UNIT_FIGURES}
_UNITS: dict[str, Any] = {
    "scale": "hundredths",
    "competencies": ["QM"],
    "items": [_UNIT],
    "next": None,
}


class UnitScores(BaseModel):
    """A unit with all below it, as its region published it; competencies of which it published none are null."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT_FIGURES]})
    people: int | None
    figures: list[NationalFigure | None] | None
    version: int
    epoch: int
    suppressed: bool


class UnitRollup(UnitOfRegion):
    """A unit of a region; `rollup` is null where the region published none of the period and level."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT]})
    rollup: UnitScores | None


class UnitRollups(BaseModel):
    """A page of a region's units; `figures` follow `competencies`, on the `scale`: 301 is 3.01 of 1 to 5."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNITS]})
    scale: str
    competencies: list[str]
    items: list[UnitRollup]
    next: str | None


@router.get("/rollups/units", summary="Scores of a region's units, a level at a time")
async def units(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str, Query(min_length=1, max_length=64)],
    period: PeriodQuery,
    level: Level,
    parent: Annotated[Code | None, Query()] = None,
) -> UnitRollups:
    """At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    found = await queries.units(session, Below(region, parent), period, level, paging)
    return UnitRollups.model_validate(found)
