"""Indicators of the nation at a hub, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict

from services.evaluation.queries import national as queries
from shared.access import require_everywhere
from shared.http import Caller, CommandRoute, Reads
from shared.http.national import require_hub

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

_FIGURES: dict[str, Any] = {"value": 62.5, "numerator": 400.0, "denominator": 640.0}
_TOTAL: dict[str, Any] = {**_FIGURES, "regions": 2, "suppressed": 1}
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
    suppressed: int


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
    period: Annotated[str, Query(max_length=6)],
    indicator: Annotated[str, Query(min_length=1, max_length=64)],
) -> NationalIndicators:
    """At a hub: what regions published. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    caller.require("programme-manager", "ops")
    await require_everywhere(session, caller)
    return NationalIndicators.model_validate(await queries.answer_of(session, period, indicator))
