"""Role profiles over HTTP: what each role is measured against."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from services.assessment.frameworks.api.content_models import Text
from services.assessment.frameworks.commands import role_profiles as commands
from services.assessment.frameworks.queries import frameworks as queries
from shared.events.framework import COMPETENCIES
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Hundredths, Whole

router = APIRouter(prefix="/v1/role-profiles", route_class=CommandRoute, tags=["frameworks"])

RoleCode = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["ward-manager"])]
Level = Literal["B", "I", "A"]
Setting = Literal["facility", "district", "national"]
EXAMPLE: JsonDict = {
    "level": "B",
    "setting": "facility",
    "name": {"en": "Ward manager", "fr": "Responsable de service de soins"},
    "profile": {code: {"target": 4, "weight": 2 if code == "QM" else 1} for code in COMPETENCIES},
}


class Aim(BaseModel):
    """Target on the rating scale and weight of one competency."""

    target: float
    weight: int


class WrittenAim(BaseModel):
    """As `Aim`, as it is sent; two decimals at most."""

    model_config = ConfigDict(extra="forbid")

    target: Hundredths = Field(ge=1, le=5, json_schema_extra={"minimum": 1, "maximum": 5})
    weight: Whole = Field(ge=1, le=10)


class ProfileContent(BaseModel):
    """A role profile as written; `profile` has one entry per competency."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    level: Level
    setting: Setting
    name: Text
    profile: dict[str, WrittenAim]

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if set(self.profile) != set(COMPETENCIES):
            raise ValueError(f"profile has exactly {', '.join(COMPETENCIES)}")
        return self


class RoleProfile(BaseModel):
    """A role profile; `overridden` tells the country's own from a delivered one."""

    role_code: str
    level: Level
    setting: Setting
    name: dict[str, str]
    overridden: bool
    version: int
    profile: dict[str, Aim]


class RoleProfiles(BaseModel):
    """A page of role profiles."""

    items: list[RoleProfile]
    next: str | None


@router.get("", summary="Role profiles")
async def listing(
    session: Reads, caller: Caller, paging: Paging, level: Level | None = None, setting: Setting | None = None
) -> RoleProfiles:
    """By role code."""
    queries.require_reader(caller)
    return RoleProfiles.model_validate(await queries.profiles(session, paging, level, setting))


@router.get("/{role}", summary="One role profile")
async def one(session: Reads, caller: Caller, response: Response, role: RoleCode) -> RoleProfile:
    """Targets and weights by competency code."""
    queries.require_reader(caller)
    return _answer(response, await queries.profile(session, role))


@router.put("/{role}", summary="Override a role profile", responses={201: {"model": RoleProfile}})
async def put(
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
    role: RoleCode,
    content: ProfileContent,
) -> RoleProfile:
    """The country's own targets and weights, or a region's; they count in the cycles that open from now on."""
    await queries.require_country(session, caller)
    row = await commands.locked(session, role)
    if row is not None:
        check_if_match(request, row["version"])
    else:
        response.status_code = 201
    written = commands.Written(
        level=content.level,
        setting=content.setting,
        name=content.name,
        targets={code: round(aim.target * 100) for code, aim in content.profile.items()},
        weights={code: aim.weight for code, aim in content.profile.items()},
    )
    return _answer(response, await commands.put(session, request.app.state.settings, role, written))


def _answer(response: Response, row: Any) -> RoleProfile:
    response.headers["ETag"] = etag(row["version"])
    return RoleProfile.model_validate(queries.profile_view(row))
