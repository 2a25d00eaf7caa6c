"""The intervention catalogue over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.planning.catalogue import queries as catalogue
from services.planning.catalogue.api import openapi_examples
from services.planning.catalogue.commands import entries
from shared import fields
from shared.auth import rights
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Defined, Flag, Whole
from shared.settings import Settings

router = APIRouter(prefix="/v1/interventions", route_class=CommandRoute, tags=["interventions"])


class Gain(BaseModel):
    """A competency with the expected gain in hundredths of the 1 to 5 scale: an assumption, not a finding."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "HR", "gain": 20}]})

    code: str
    gain: int


class Intervention(BaseModel):
    """A development activity on offer. Cost for one participant, whole units of the instance's currency."""

    model_config = ConfigDict(json_schema_extra={"examples": [openapi_examples.INTERVENTION]})

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


class Listed(Intervention):
    """An intervention and who offers it: the catalogue, this instance itself, or the hub of this region."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [openapi_examples.INTERVENTION | {"origin": "catalogue"}]}
    )

    origin: Literal["catalogue", "own", "hub"]


Approach = Literal["formal-training", "workplace-learning", "networking", "self-directed", "action-learning"]
Delivery = Literal["face-to-face", "online", "blended", "workplace"]
Competency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Text = Annotated[str, Defined(fields.Text(500, lines=True))]
Texts = Annotated[dict[Language, Text], Field(min_length=1, max_length=20)]


class OwnGain(Gain):
    """As `Gain`, as it is sent."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"code": "HR", "gain": 20}]})

    code: Competency
    gain: Whole = Field(ge=1, le=400)


class OwnIntervention(BaseModel):
    """An intervention of this instance's own; `offered` false withdraws it, for plans proposed from now on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {key: value for key, value in openapi_examples.INTERVENTION.items() if key != "code"}
                | {"offered": True}
            ]
        },
    )

    name: Texts
    description: Texts
    approach: Approach
    delivery: Delivery
    levels: list[Literal["B", "I", "A"]] = Field(min_length=1, max_length=3)
    competencies: list[OwnGain] = Field(min_length=1, max_length=11)
    hours: Whole = Field(ge=1, le=2000)
    days_away: Whole = Field(ge=0, le=365)
    cost: Whole = Field(ge=0, le=10_000_000)
    languages: list[Language] = Field(min_length=1, max_length=20)
    prerequisites: list[Code] = Field(default=[], max_length=10)
    offered: Flag = True


class Interventions(BaseModel):
    """A page of the catalogue."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"items": [openapi_examples.INTERVENTION | {"origin": "catalogue"}], "next": None}]
        }
    )

    items: list[Listed]
    next: str | None


@router.get("", summary="The catalogue")
async def listing(
    session: Reads,
    caller: Caller,
    paging: Paging,
    approach: Approach | None = None,
    delivery: Delivery | None = None,
    level: Literal["B", "I", "A"] | None = None,
    competency: Competency | None = None,
) -> Interventions:
    """What can be put into plans, by code. Any role."""
    rights.require(caller, "intervention.read")
    filters = {"approach": approach, "delivery": delivery, "level": level, "competency": competency}
    return Interventions.model_validate(await catalogue.listing(session, paging, filters))


@router.get("/{code}", summary="One intervention")
async def one(session: Reads, caller: Caller, code: str, response: Response) -> Listed:
    """Also one that is no longer offered, for the plans that name it."""
    rights.require(caller, "intervention.read")
    content, version = await catalogue.one(session, code)
    response.headers["ETag"] = etag(version)
    return Listed.model_validate(content)


@router.put("/{code}", summary="Add or change an intervention of this instance's own")
async def put(
    session: Writes,
    caller: Caller,
    code: Annotated[str, Path(pattern=r"^[A-Z0-9]+(-[A-Z0-9]+)*$", max_length=64)],
    own: OwnIntervention,
    request: Request,
    response: Response,
) -> Listed:
    """Its code begins with the instance's name (`NORTH-01`); a new catalogue leaves it as it is.

    A region's hub lists it; a hub's regions offer it too, and cannot change it (422 `code-not-own`).
    Role programme-manager with the root in its units; a change needs If-Match.
    """
    await require_country(session, caller, "intervention.keep")
    settings: Settings = request.app.state.settings
    entries.check_code(settings, code)
    version = await entries.version_of(session, code)
    if version is not None:
        check_if_match(request, version)
    content: dict[str, Any] = {"code": code, **own.model_dump(exclude={"offered"})}
    response.headers["ETag"] = etag(await entries.put(session, settings, content, offered=own.offered))
    return Listed.model_validate({**content, "origin": "own"})
