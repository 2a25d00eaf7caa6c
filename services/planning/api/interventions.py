"""The intervention catalogue over HTTP."""

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from services.planning.api import examples
from services.planning.queries import catalogue
from shared.http import Caller, CommandRoute, Paging, Reads, etag

router = APIRouter(prefix="/v1/interventions", route_class=CommandRoute, tags=["interventions"])


class Gain(BaseModel):
    """A competency with the expected gain in hundredths of the 1 to 5 scale: an assumption, not a finding."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "HR", "gain": 20}]})

    code: str
    gain: int


class Intervention(BaseModel):
    """A development activity on offer. Cost for one participant, whole units of the instance's currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.INTERVENTION]})

    code: str
    name: dict[str, str]
    description: dict[str, str]
    approach: str
    delivery: str
    levels: list[str]
    competencies: list[Gain]
    hours: int
    days_away: int
    cost: int
    languages: list[str]
    prerequisites: list[str]


class Interventions(BaseModel):
    """A page of the catalogue."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [examples.INTERVENTION], "next": None}]}
    )

    items: list[Intervention]
    next: str | None


@router.get("", summary="The catalogue")
async def listing(
    session: Reads,
    caller: Caller,
    paging: Paging,
    approach: str | None = None,
    delivery: str | None = None,
    level: Literal["B", "I", "A"] | None = None,
    competency: str | None = None,
) -> Interventions:
    """What can be put into plans, by code. Any role."""
    caller.require("leader", "programme-manager", "hris", "ops")
    filters = {"approach": approach, "delivery": delivery, "level": level, "competency": competency}
    return Interventions.model_validate(await catalogue.listing(session, paging, filters))


@router.get("/{code}", summary="One intervention")
async def one(session: Reads, caller: Caller, code: str, response: Response) -> Intervention:
    """Also one that is no longer offered, for the plans that name it."""
    caller.require("leader", "programme-manager", "hris", "ops")
    content, version = await catalogue.one(session, code)
    response.headers["ETag"] = etag(version)
    return Intervention.model_validate(content)
