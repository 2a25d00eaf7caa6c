"""For services only: snapshots that projections are rebuilt from, and names for raters."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from starlette.responses import StreamingResponse

from services.registry.queries import rater_subjects
from services.registry.queries.snapshots import snapshot
from shared.auth import rights
from shared.http import Caller, CommandRoute, Reads

router = APIRouter(prefix="/internal", route_class=CommandRoute, include_in_schema=False)


@router.get("/snapshot/{kind}")
async def snapshot_read(
    kind: Literal["units", "roles", "people"], request: Request, caller: Caller
) -> StreamingResponse:
    """All states of a kind with their versions as NDJSON, without names; role `service`."""
    rights.require(caller, "snapshot.read")
    return StreamingResponse(snapshot(request.app.state.database, kind), media_type="application/x-ndjson")


@router.post("/rater-subjects", openapi_extra={"requestBody": {"content": {"application/json": {}}}})
async def subjects(session: Reads, caller: Caller, request: Request) -> Response:
    """Name, role and unit of those whom assessment says the caller was asked to rate, and nothing else."""
    pepper = request.app.state.settings.subject_pepper
    return Response(
        await rater_subjects.named(session, caller, pepper, await request.body()),
        media_type="application/json",
    )
