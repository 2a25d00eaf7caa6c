"""For the gateway: assessment's word that the caller was asked to rate somebody, and what the caller answered."""

from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.assessment.raters.queries import own_answers
from services.assessment.raters.queries import requests as queries
from shared.auth import asked_raters
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/internal", route_class=CommandRoute, include_in_schema=False)


class Asked(BaseModel):
    """Rater requests by id."""

    model_config = ConfigDict(extra="forbid")

    request_ids: list[UUID] = Field(max_length=asked_raters.MOST)


@router.post("/rater-subjects")
async def subjects(session: Reads, caller: Caller, asked: Asked, request: Request) -> Response:
    """Whom these requests are about, sealed for the caller: of those that are the caller's own and go on."""
    found = await queries.subjects(session, caller, asked.request_ids)
    pepper = request.app.state.settings.subject_pepper
    items = [asked_raters.sealed(pepper, caller.subject_key, item) for item in found]
    return Response(msgspec.json.encode(asked_raters.Subjects(items)), media_type="application/json")


@router.get("/own-answers")
async def answers(request: Request, session: Reads, caller: Caller, paging: Paging) -> Any:
    """What the caller answered as a rater, without of whom. That they read it is audited, also of nothing."""
    request.state.people = (await own_answers.writer(session, caller),)
    return await own_answers.own_answers(session, caller, paging)
