"""For the gateway only: whom the caller was asked to rate."""

from fastapi import APIRouter, Request, Response

from services.registry.people.queries import rater_subjects
from shared.http import Caller, CommandRoute, Reads

router = APIRouter(prefix="/internal", route_class=CommandRoute, include_in_schema=False)


@router.post("/rater-subjects", openapi_extra={"requestBody": {"content": {"application/json": {}}}})
async def subjects(session: Reads, caller: Caller, request: Request) -> Response:
    """Name, role and unit of those whom assessment says the caller was asked to rate, and nothing else."""
    pepper = request.app.state.settings.subject_pepper
    return Response(
        await rater_subjects.named(session, caller, pepper, await request.body()),
        media_type="application/json",
    )
