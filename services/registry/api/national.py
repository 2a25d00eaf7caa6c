"""Headcounts of the nation at a hub, over HTTP."""

from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.registry.api.fields import Level, example
from services.registry.queries import national as queries
from services.registry.queries.access import require_everywhere
from shared.http import Caller, CommandRoute, Reads
from shared.http.national import answer, require_hub

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
    """The sum over the regions that published figures; null where none did."""

    model_config = example(_TOTAL)
    people: int | None
    women: int | None
    regions: int
    suppressed: int


class RegionalHeadcount(BaseModel):
    """A region as it published itself; `trace_id` names the region's own trace."""

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
    caller.require("programme-manager", "ops")
    await require_everywhere(session, caller)
    return NationalHeadcounts.model_validate(answer(await queries.headcounts(session, level), NAMES))
