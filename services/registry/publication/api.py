"""For services only: snapshots that projections are rebuilt from."""

from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from services.registry.publication.queries import current_states
from shared.auth import rights
from shared.http import Caller, CommandRoute

router = APIRouter(prefix="/internal", route_class=CommandRoute, include_in_schema=False)


@router.get("/snapshot/{kind}")
async def read_current_states(
    kind: Literal["units", "roles", "people", "aliases"], request: Request, caller: Caller
) -> StreamingResponse:
    """All states of a kind with their versions as NDJSON, without names of people; role `service`."""
    rights.require(caller, "snapshot.read")
    return StreamingResponse(
        current_states(request.app.state.database, kind), media_type="application/x-ndjson"
    )
