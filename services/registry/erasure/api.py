"""Erasures and legal holds over HTTP. Two people with two rights erase somebody: one asks, another confirms."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.registry.access.queries import require
from services.registry.erasure.commands.erasure_requests import confirm, request_erasure, withdraw
from services.registry.erasure.commands.legal_holds import hold, release
from services.registry.erasure.queries import list_erasures, shown
from services.registry.field_types import Body, example, strict_example
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Paging, Reads, Writes

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["erasure"])
ERASE, CONFIRM, HOLD = "person.erase", "erasure.confirm", "person.hold"

_PERSON = "019a1c5e-7b2d-7f60-9182-73645a6b7c8d"
_ERASURE = {
    "erasure_id": "019a1c60-0000-7000-8000-000000000001", "person_id": _PERSON,
    "requested_at": "2026-10-01T08:00:00Z", "erased_at": None, "digest": None,
}  # fmt: skip
HoldReason = Literal["litigation", "investigation", "audit", "pension-claim", "other"]


class Erasure(BaseModel):
    """An erasure; `person_id` is null and `erased_at` set once it was confirmed."""

    model_config = example(_ERASURE)
    erasure_id: UUID
    person_id: UUID | None
    requested_at: datetime
    erased_at: datetime | None
    digest: str | None


class Erasures(BaseModel):
    """One page of erasures."""

    model_config = example({"items": [_ERASURE], "next": None})
    items: list[Erasure]
    next: str | None


class HoldToRecord(Body):
    """Why a person's data must not be erased for now."""

    model_config = strict_example({"reason": "litigation"})
    reason: HoldReason


class LegalHold(BaseModel):
    """A legal hold on a person's data."""

    model_config = example(
        {"person_id": _PERSON, "reason": "litigation", "recorded_at": "2026-10-01T08:00:00Z"}
    )
    person_id: UUID
    reason: str
    recorded_at: datetime


@router.post("/people/{person_id}/erase", summary="Ask for a person to be erased", response_model=Erasure)
async def person_erase(person_id: UUID, session: Writes, caller: Caller) -> Any:
    """Ask for somebody who has left to be erased. Nothing is deleted until a second person confirms it.

    Records that were merged into this one are the person's, and erased with it.
    """
    await require(session, caller, ERASE, person_id)
    return shown(await request_erasure(session, person_id, caller.subject_key))


@router.post("/people/{person_id}/hold", summary="Put a legal hold on a person", response_model=LegalHold)
async def person_hold(person_id: UUID, body: HoldToRecord, session: Writes, caller: Caller) -> Any:
    """Nothing about the person is erased while the hold lasts. A later reason takes an earlier one's place."""
    await require(session, caller, HOLD, person_id)
    return await hold(session, person_id, body.reason, caller.subject_key)


@router.post("/people/{person_id}/release-hold", summary="Lift the legal hold on a person", status_code=204)
async def person_release_hold(person_id: UUID, session: Writes, caller: Caller) -> None:
    """The person can be erased again. Holds on records that were merged into this one are lifted with it."""
    await require(session, caller, HOLD, person_id)
    await release(session, person_id)


@router.get("/erasures", summary="Erasures", response_model=Erasures)
async def erasures_list(
    session: Reads, caller: Caller, paging: Paging, done: Annotated[bool | None, Query()] = None
) -> Any:
    """Erasures that wait to be confirmed, and those that were done; `done` keeps one kind."""
    await require_country(session, caller, CONFIRM)
    return await list_erasures(session, paging, done=done)


@router.post("/erasures/{erasure_id}/confirm", summary="Erase a person", response_model=Erasure)
async def erasure_confirm(erasure_id: UUID, request: Request, session: Writes, caller: Caller) -> Any:
    """Erase the person for good: names, contacts, identifiers and sign-ins here, and their id everywhere.

    Figures stay. Whoever asked for it cannot confirm it.
    """
    await require_country(session, caller, CONFIRM)
    done = await confirm(session, erasure_id, caller.subject_key)
    request.state.people = ()  # audited, and about nobody any more
    return shown(done)


@router.post("/erasures/{erasure_id}/withdraw", summary="Take a request for erasure back", status_code=204)
async def erasure_withdraw(erasure_id: UUID, request: Request, session: Writes, caller: Caller) -> None:
    """The person is not erased."""
    await require_country(session, caller, CONFIRM)
    request.state.people = (await withdraw(session, erasure_id),)
