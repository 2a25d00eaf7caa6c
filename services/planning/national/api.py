"""Plans of the nation at a hub, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.planning.catalogue.api import openapi_examples
from services.planning.catalogue.api.interventions import Intervention
from services.planning.national import queries
from shared.directory.authorization import require_country
from shared.federation import unit_answers
from shared.federation.regional_answers import answer, require_hub
from shared.federation.regional_units import Below
from shared.federation.unit_answers import UnitOfRegion
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

_FIGURES: dict[str, Any] = {
    "people": 410,
    "proposed": 402,
    "agreed": 350,
    "closed": 120,
    "completed": 101,
    "activities_due": 910,
    "activities_completed": 644,
    "hours": 9870,
}
_TOTAL: dict[str, Any] = {
    **_FIGURES,
    "hours": None,
    "regions": 3,
    "suppressed": 0,
    "untold": {**dict.fromkeys(_FIGURES, 0), "hours": 1},
}
_REGION: dict[str, Any] = {
    "region": "north",
    **_FIGURES,
    "version": 12,
    "epoch": 1,
    "as_of": None,
    "received_at": "2026-11-23T08:00:02Z",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
    "suppressed": False,
}


class Figures(BaseModel):
    """People with plans, plans proposed, agreed, closed and completed in a period, and its activities.

    Each figure is by itself: null where no release of a region shows it.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_FIGURES]})

    people: int | None
    proposed: int | None
    agreed: int | None
    closed: int | None
    completed: int | None
    activities_due: int | None
    activities_completed: int | None
    hours: int | None


class NationalTotal(Figures):
    """The sum over the regions that published figures; null where none did, or one does not tell that figure."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOTAL]})

    regions: int = Field(description="That published plans of the period.")
    suppressed: int = Field(
        description="Always 0: a region that published no figure is not listed, whether nobody counts or few."
    )
    untold: dict[str, int] = Field(  # lint: a field of the answer over HTTP
        description="By figure, how many of the regions do not tell it. Above 0 the nation's is null."
    )


class RegionalTotal(Figures):
    """A region as it published itself; `trace_id` names the region's own trace."""

    model_config = ConfigDict(json_schema_extra={"examples": [_REGION]})

    region: str
    version: int
    epoch: int
    as_of: date | None
    received_at: datetime
    trace_id: str | None
    suppressed: bool


class NationalPlans(BaseModel):
    """The nation and its regions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"national": _TOTAL, "regions": [_REGION]}]})

    national: NationalTotal
    regions: list[RegionalTotal]


_UNIT_FIGURES: dict[str, Any] = {**_FIGURES, "version": 12, "epoch": 1, "as_of": None, "suppressed": False}
_UNIT: dict[str, Any] = {**unit_answers.EXAMPLE, "plans": _UNIT_FIGURES}


class UnitTotal(Figures):
    """A unit with all below it, as its region published it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT_FIGURES]})

    version: int
    epoch: int
    as_of: date | None
    suppressed: bool


class UnitPlan(UnitOfRegion):
    """A unit of a region; `plans` is null where the region published none of the period."""

    model_config = ConfigDict(json_schema_extra={"examples": [_UNIT]})

    plans: UnitTotal | None


class UnitPlans(BaseModel):
    """A page of a region's units."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_UNIT], "next": None}]})

    items: list[UnitPlan]
    next: str | None


_ENTRY: dict[str, Any] = {
    "region": "north",
    "version": 1,
    "epoch": 1,
    "offered": True,
    "received_at": "2026-11-23T08:00:02Z",
    "intervention": openapi_examples.INTERVENTION | {"code": "NORTH-01"},
}


class RegionalIntervention(BaseModel):
    """An intervention that a region added for itself; no longer offered there where `offered` is false."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ENTRY]})

    region: str
    version: int
    epoch: int
    offered: bool
    received_at: datetime
    intervention: Intervention


class RegionalInterventions(BaseModel):
    """A page of regions' own interventions."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ENTRY], "next": None}]})

    items: list[RegionalIntervention]
    next: str | None


@router.get("/plans", summary="Plans and activities of the nation in a period")
async def plans(session: Reads, caller: Caller, request: Request, period: PeriodQuery) -> NationalPlans:
    """At a hub: what regions published. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    rows = await queries.plans(session, period)
    found = answer(rows, queries.NAMES)
    found["national"]["untold"] = queries.unpublished(rows)
    return NationalPlans.model_validate(found)


@router.get("/plans/units", summary="Plans and activities of a region's units, a level at a time")
async def units(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str, Query(min_length=1, max_length=64)],
    period: PeriodQuery,
    parent: Annotated[Code | None, Query()] = None,
) -> UnitPlans:
    """At a hub: the units below `parent`, the region's tops without it. Roles as for the nation's."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return UnitPlans.model_validate(await queries.units(session, Below(region, parent), period, paging))


@router.get("/interventions", summary="Interventions that regions added for themselves")
async def interventions(
    session: Reads, caller: Caller, request: Request, paging: Paging
) -> RegionalInterventions:
    """At a hub, by region and code. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return RegionalInterventions.model_validate(await queries.entries(session, paging))
