"""What plans may take, per unit, over HTTP."""

from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.planning.catalogue import queries
from services.planning.catalogue.api import openapi_examples
from services.planning.catalogue.commands import catalogue as commands
from shared.directory import authorization
from shared.errors import NotFound
from shared.http import Caller, CommandRoute, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code, Whole

router = APIRouter(prefix="/v1/plan-limits", route_class=CommandRoute, tags=["plans"])


class PlanLimits(BaseModel):
    """Limits of one plan: days away from the post, cost, activities, days until the last one is due."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [openapi_examples.LIMITS]})

    days_away: Whole = Field(ge=0, le=365)
    cost: Whole = Field(ge=0, le=10_000_000)
    activities: Whole = Field(ge=1, le=20)
    horizon_days: Whole = Field(ge=7, le=730)


@router.get("/{unit_code}", summary="Limits set for a unit")
async def one(session: Reads, caller: Caller, unit_code: Code, response: Response) -> PlanLimits:
    """404 when none are set here: the nearest enclosing unit's hold, or the defaults."""
    await authorization.require_unit(session, caller, "plan-limits.read", unit_code)
    return _tagged(response, await queries.limits_at(session, unit_code))


@router.put("/{unit_code}", summary="Set limits for a unit's subtree")
async def put(
    session: Writes, caller: Caller, unit_code: Code, limits: PlanLimits, request: Request, response: Response
) -> PlanLimits:
    """For plans proposed from now on. If-Match is needed once limits are set."""
    await authorization.require_unit(session, caller, "plan-limits.keep", unit_code)
    with suppress(NotFound):  # the first limits of this unit: there is no version to have read
        check_if_match(request, (await queries.limits_at(session, unit_code))["version"])
    return _tagged(response, await commands.set_limits(session, unit_code, limits.model_dump()))


def _tagged(response: Response, row: dict[str, Any]) -> PlanLimits:
    response.headers["ETag"] = etag(row["version"])
    return PlanLimits.model_validate({name: row[name] for name in PlanLimits.model_fields})
