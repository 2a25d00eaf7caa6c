"""Pairs that may be one person, over HTTP: for who keeps both records."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.registry.field_types import example
from services.registry.matching.commands.scopes import note
from services.registry.matching.queries import get_review, list_reviews
from shared.http import Caller, CommandRoute, Paging, Reads, etag
from shared.http.strict_types import RecordedDay

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])

_SIDE: dict[str, Any] = {
    "person_id": "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10", "family_name": "Kamara", "given_name": "Aminata",
    "sex": "female", "birth_year": 1984, "cadre": "Nurse", "phone": None, "email": None, "deactivated_on": None,
    "units": ["SL-F-K7Q2M9X4AB"],
}  # fmt: skip
_OTHER = _SIDE | {"person_id": "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a11", "given_name": "Aminatta"}
_REVIEW = {
    "review_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b31", "version": 1, "state": "open", "score": 99,
    "fields": [{"field": "name", "alike": 98, "weight": 50}, {"field": "birth_year", "alike": 100, "weight": 25}],
    "first": _SIDE, "second": _OTHER, "found_at": "2026-10-01T08:00:00Z", "decided_at": None,
}  # fmt: skip

State = Literal["open", "same", "not-same"]


class ComparedPerson(BaseModel):
    """One side of a pair, with the units of all posts."""

    person_id: UUID
    family_name: str
    given_name: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    phone: str | None
    email: str | None
    deactivated_on: RecordedDay | None
    units: list[str]


class ComparedField(BaseModel):
    """How alike a field is, in per cent, and what it weighs in the score."""

    field: str
    alike: int
    weight: int


class MatchReview(BaseModel):
    """Two records that may be of one person; `score` is the mean of the fields by weight, in per cent."""

    model_config = example(_REVIEW)
    review_id: UUID
    version: int
    state: str
    score: int
    fields: list[ComparedField]
    first: ComparedPerson
    second: ComparedPerson
    found_at: datetime
    decided_at: datetime | None


class MatchReviews(BaseModel):
    """One page of pairs, the oldest first."""

    model_config = example({"items": [_REVIEW], "next": None})
    items: list[MatchReview]
    next: str | None


@router.get("/match-reviews", summary="Records that may be of one person", response_model=MatchReviews)
async def reviews_list(
    request: Request,
    session: Reads,
    caller: Caller,
    paging: Paging,
    state: Annotated[State, Query()] = "open",
) -> Any:
    """Pairs of which you keep both records, side by side, with how alike they are and why.

    Of several units, those across them come some time after you first ask.
    """
    await note(request.app.state.database, caller)
    return await list_reviews(session, caller, paging, state)


@router.get("/match-reviews/{review_id}", summary="Two records side by side", response_model=MatchReview)
async def review_read(review_id: UUID, session: Reads, caller: Caller, response: Response) -> Any:
    """One pair."""
    return await answer(session, caller, review_id, response)


async def answer(session: Reads, caller: Caller, review_id: UUID, response: Response) -> Any:
    """A pair, with its entity tag."""
    found = await get_review(session, caller, review_id)
    response.headers["ETag"] = etag(found["version"])
    return found
