"""At a hub, over HTTP: what regions measure roles against instead of what the hub published."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from services.assessment.frameworks.api.role_profiles import EXAMPLE, Aim, Level, Setting
from services.assessment.frameworks.queries import regional_profiles as queries
from shared.directory.authorization import require_country
from shared.federation.regional_answers import require_hub
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/v1/national", route_class=CommandRoute, tags=["national"])

_OVERLAY: JsonDict = {
    "region": "north",
    "role_code": "ward-manager",
    "version": 2,
    "epoch": 1,
    "framework_code": "steward-core",
    "framework_version": 1,
    **EXAMPLE,
    "received_at": "2026-11-23T08:00:02Z",
    "trace_id": "0af7651916cd43dd8448eb211c80319c",
}


class RegionalOverlay(BaseModel):
    """A role profile of a region's own, over the core framework that it then had.

    `trace_id` names the region's own trace.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_OVERLAY]})

    region: str
    role_code: str
    version: int
    epoch: int
    framework_code: str
    framework_version: int
    level: Level
    setting: Setting
    name: dict[str, str]
    profile: dict[str, Aim]
    received_at: datetime
    trace_id: str | None


class RegionalOverlays(BaseModel):
    """A page of regions' own role profiles."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_OVERLAY], "next": None}]})

    items: list[RegionalOverlay]
    next: str | None


@router.get("/overlays", summary="Role profiles that regions adapted for themselves")
async def overlays(
    session: Reads,
    caller: Caller,
    request: Request,
    paging: Paging,
    region: Annotated[str | None, Query(max_length=32)] = None,
) -> RegionalOverlays:
    """At a hub, by region and role. Roles programme-manager and ops with the root in their units."""
    require_hub(request)
    await require_country(session, caller, "figures.nation")
    return RegionalOverlays.model_validate(await queries.overlays(session, paging, region))
