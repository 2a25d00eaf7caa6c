"""Local mode only: the movable clock, and the development issuer's discovery document and keys."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.gateway.development import local_files
from shared import clock
from shared.auth import rights
from shared.errors import NotFound
from shared.http import Caller, CommandRoute
from shared.http.strict_types import Amount
from shared.settings import Settings

router = APIRouter()
clock_router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["development"])
issuer_router = APIRouter(prefix="/dev/issuer", include_in_schema=False)

CENTURY = timedelta(days=36525).total_seconds()


class ClockOffset(BaseModel):
    """How far domain time is to be ahead of real time."""

    model_config = ConfigDict(extra="forbid")

    offset_seconds: Annotated[Amount, Field(ge=-CENTURY, le=CENTURY, examples=[2592000])]


class DomainTime(BaseModel):
    """Domain time: due dates, periods and follow-ups go by it; tokens do not."""

    now: str
    today: date = Field(description="The day in the instance's time zone.")
    time_zone: str
    offset_seconds: float


@clock_router.get("/clock", summary="Domain time")
async def clock_now(caller: Caller) -> DomainTime:
    """Where domain time stands. Role ops, local mode."""
    rights.require(caller, "operations.run")
    return _time()


@clock_router.put("/clock", summary="Move domain time")
async def clock_set(request: Request, caller: Caller, wanted: ClockOffset) -> DomainTime:
    """Move domain time for every service of the local stack. Role ops, local mode."""
    rights.require(caller, "operations.run")
    settings: Settings = request.app.state.settings
    await local_files.move_clock(settings.clock_file, timedelta(seconds=wanted.offset_seconds))
    return _time()


def _time() -> DomainTime:
    return DomainTime(
        now=clock.now().isoformat(),
        today=clock.today(),
        time_zone=clock.zone(),
        offset_seconds=clock.offset().total_seconds(),
    )


@issuer_router.get("/.well-known/openid-configuration")
async def discovery(request: Request) -> dict[str, Any]:
    """What the development issuer is (OpenID Connect Discovery 1.0 section 3)."""
    settings: Settings = request.app.state.settings
    return {
        "issuer": settings.oidc_issuer,
        "jwks_uri": _keys_address(request, settings),
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
    }


def _keys_address(request: Request, settings: Settings) -> str:
    """Where the keys are: as it is set, else where this gateway listens; never what the request names as host."""
    if settings.oidc_jwks_url.startswith(("http:", "https:")):
        return settings.oidc_jwks_url
    host, port = request.scope["server"]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}{request.app.url_path_for('jwks')}"


@issuer_router.get("/jwks.json")
async def jwks(request: Request) -> Response:
    """The development issuer's public keys. Raises NotFound `issuer-unknown` without one."""
    settings: Settings = request.app.state.settings
    body = await local_files.public_keys(settings.issuer_file)
    if body is None:
        raise NotFound("issuer-unknown", "There is no development issuer here.")
    return Response(body, media_type="application/jwk-set+json")


router.include_router(clock_router)
router.include_router(issuer_router)
