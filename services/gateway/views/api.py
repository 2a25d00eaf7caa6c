"""Views composed from several services."""

from typing import Annotated, Any
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream, traced
from services.gateway.views.composition import Part, Refused, compose
from shared import clock, periods
from shared.audit.purposes import HEADER
from shared.http import CommandRoute
from shared.http.problems import MEDIA_TYPE
from shared.http.strict_types import PeriodQuery

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["views"])

_ONWARD = (b"authorization", HEADER.lower().encode())
Code = Annotated[str, Path(min_length=1, max_length=64, examples=["N01"])]


class Missing(BaseModel):
    """A part that could not be had: `service-away`, `service-late`, or the code of the service's problem."""

    part: str
    reason: str


class Profile(BaseModel):
    """A leader at a glance; each part is as its own resource gives it, null when it is missing."""

    person: dict[str, Any] | None
    posts: dict[str, Any] | None
    scores: dict[str, Any] | None
    plans: dict[str, Any] | None
    evaluations: dict[str, Any] | None
    missing: list[Missing]


class Overview(BaseModel):
    """A unit in one quarter; each part is as its own resource gives it, null when it is missing."""

    unit: dict[str, Any] | None
    period: str
    rollup: Any | None
    plans: dict[str, Any] | None
    indicators: dict[str, Any] | None
    missing: list[Missing]


@router.get("/people/{person_id}/profile", summary="A leader at a glance", response_model=Profile)
async def profile(request: Request, person_id: UUID) -> Response:
    """Person and posts, latest scores, plans and evaluations of one leader.

    A part whose service is down or late is null and named in `missing`; only the registry's word
    that the person is not there, or not for this caller, refuses the whole.
    """
    return await _composed(
        request,
        [
            Part("person", "registry", f"/v1/people/{person_id}", owner=True),
            Part("posts", "registry", f"/v1/posts?person={person_id}"),
            Part("scores", "assessment", f"/v1/people-scores/{person_id}"),
            Part("plans", "planning", f"/v1/plans?person={person_id}"),
            Part("evaluations", "evaluation", f"/v1/evaluations?person={person_id}"),
        ],
    )


@router.get("/units/{code}/overview", summary="A unit in one quarter", response_model=Overview)
async def overview(request: Request, code: Code, period: PeriodQuery | None = None) -> Response:
    """The unit, the scores of everybody below it, plans by state, indicator values; now without `period`."""
    quarter = period or periods.of(clock.today())
    unit = quote(code, safe="")
    return await _composed(
        request,
        [
            Part("unit", "registry", f"/v1/units/{unit}", owner=True),
            Part("rollup", "assessment", f"/v1/rollups?unit={unit}&period={quarter}"),
            Part("plans", "planning", f"/v1/plans/counts?unit={unit}"),
            Part("indicators", "evaluation", f"/v1/indicator-values?unit={unit}&period={quarter}"),
        ],
        period=quarter,
    )


async def _composed(request: Request, parts: list[Part], **known: str) -> Response:
    upstream: Upstream = request.app.state.upstream
    try:
        body = await compose(upstream, parts, onward(request), known)
    except Refused as refused:
        return Response(refused.body, refused.status, media_type=MEDIA_TYPE)
    return Response(body, headers={"Cache-Control": "no-store"}, media_type="application/json")


def onward(request: Request) -> Raw:
    """Headers of the calls that one request sets off: the caller's token and purpose, and the trace."""
    asked: Raw = [pair for pair in request.scope["headers"] if pair[0] in _ONWARD]
    return [*asked, *traced(request.scope)]
