"""Indicators of the nation at a hub, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.evaluation.national import queries
from services.evaluation.targets import queries as targets
from services.evaluation.targets.achievement import shown
from shared.directory.authorization import require_country
from shared.federation import unit_answers
from shared.federation.regional_answers import require_hub
from shared.federation.regional_units import Below
from shared.federation.unit_answers import UnitOfRegion
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

_FIGURES: dict[str, Any] = {"value": 62.5, "numerator": 400.0, "denominator": 640.0}
_TOTAL: dict[str, Any] = {**_FIGURES, "regions": 2, "suppressed": 0}
_REGION: dict[str, Any] = {
    "region": "north",
    **_FIGURES,
    "version": 12,
    "epoch": 1,
    "as_of": "2026-11-23",
    "received_at": "2026-11-23T08:00:02Z",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "suppressed": False,
}


class NationalIndicator(BaseModel):
    """Computed from the regions' summed numerators and denominators; null where none published any."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOTAL]})
    value: float | None
    numerator: float | None
    denominator: float | None
    regions: int
    suppressed: int = Field(
        description="Always 0: a region that published no figure is not listed, whether nobody counts or few."
    )


class RegionalIndicator(BaseModel):
    """A region as it published itself; `trace_id` names the region's own trace."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REGION]})
    region: str
    value: float | None
    numerator: float | None
    denominator: float | None
    version: int
    epoch: int
    as_of: date | None
    received_at: datetime
    trace_id: str | None
    suppressed: bool


class NationalIndicators(BaseModel):
    """The nation and its regions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"national": _TOTAL, "regions": [_REGION]}]})
    national: NationalIndicator
    regions: list[RegionalIndicator]


@router.get("/indicators", summary="An indicator of the nation in a period")
async def indicators(
    session: Reads,
    caller: Caller,
    request: Request,
    period: PeriodQuery,
    indicator: Code,
) -> NationalIndicators:
    """At a hub: what regions published. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return NationalIndicators.model_validate(await queries.answer_of(session, period, indicator))


_UNIT_FIGURES: dict[str, Any] = {
    **_FIGURES,
    "version": 12,
    "epoch": 1,
    "as_of": "2026-11-23",
    "suppressed": False,
}
_UNIT: dict[str, Any] = {**unit_answers.EXAMPLE, "indicator": _UNIT_FIGURES}


class UnitValue(BaseModel):
    """A unit with all below it, as its region published it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT_FIGURES]})
    value: float | None
    numerator: float | None
    denominator: float | None
    version: int
    epoch: int
    as_of: date | None
    suppressed: bool


class UnitIndicator(UnitOfRegion):
    """A unit of a region; `indicator` is null where the region published no value of it in the period."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT]})
    indicator: UnitValue | None


class UnitIndicators(BaseModel):
    """A page of a region's units."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_UNIT], "next": None}]})
    items: list[UnitIndicator]
    next: str | None


@router.get("/indicators/units", summary="An indicator of a region's units, a level at a time")
async def units(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str, Query(min_length=1, max_length=64)],
    period: PeriodQuery,
    indicator: Code,
    parent: Annotated[Code | None, Query()] = None,
) -> UnitIndicators:
    """At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    found = await queries.units(session, Below(region, parent), period, indicator, paging)
    return UnitIndicators.model_validate(found)


_TARGET: dict[str, Any] = {
    "region": "north",
    "indicator": "OP-01",
    "period": "2026Q4",
    "unit_code": None,
    "unit_level": "facility",
    "value": 70.0,
    "version": 1,
    "epoch": 1,
    "received_at": "2026-11-23T08:00:02Z",
}


class RegionalTarget(BaseModel):
    """A target that a region set for itself, which holds there before the hub's."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TARGET]})

    region: str
    indicator: str
    period: str
    unit_code: str | None
    unit_level: str | None
    value: float | None
    version: int
    epoch: int
    received_at: datetime


class RegionalTargets(BaseModel):
    """A page of regions' own targets."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_TARGET], "next": None}]})

    items: list[RegionalTarget]
    next: str | None


@router.get("/targets", summary="Targets that regions set for themselves")
async def regional_targets(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str | None, Query(max_length=64)] = None,
    indicator: Code | None = None,
    period: PeriodQuery | None = None,
) -> RegionalTargets:
    """At a hub, by region. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    filters = {"region": region, "indicator": indicator, "period": period}
    found = await targets.regional(session, paging, filters)
    items = [
        {
            **row,
            "unit_code": row["unit_code"] or None,
            "unit_level": row["level"] or None,
            "value": shown(row["value"]),
        }
        for row in found["items"]
    ]
    return RegionalTargets.model_validate({"items": items, "next": found["next"]})
