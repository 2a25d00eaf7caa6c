"""Two records made one, and parted again, over HTTP: by who keeps both."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.registry.access.queries import may_keep
from services.registry.field_types import Body, example, strict_example
from services.registry.matching.api import MatchReview
from services.registry.matching.api import answer as answer_review
from services.registry.matching.commands.candidates import decide
from services.registry.matching.queries import get_review
from services.registry.merged_people.commands.both_people import lock_both, merge_of
from services.registry.merged_people.commands.merge_people import merge_people
from services.registry.merged_people.commands.undoing import undo_merge
from services.registry.merged_people.queries import as_shown, list_merges
from services.registry.merged_people.surviving import Side
from services.registry.people.api.models import IN_FULL, PersonInFull
from services.registry.people.api.people import answer
from services.registry.people.queries.people import get_person
from shared.errors import FieldError, Invalid
from shared.http import (
    Caller,
    CommandRoute,
    Paging,
    Reads,
    Writes,
    check_if_match,
    check_if_match_sent,
    etag,
)

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])

FieldName = Literal["family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre"]
_MERGED = "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a11"
_MERGE = {
    "merge_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b41", "merged_id": _MERGED,
    "merged_at": "2026-10-01T08:00:00Z", "undone_at": None,
}  # fmt: skip
_EDITED = {"record": "person", "id": _MERGED, "field": "phone"}


class MatchDecision(Body):
    """Whether two records are of one person. `survivor` and `fields` are of a merge: see there.

    Without `survivor` it is the first of the pair, the older record.
    """

    model_config = strict_example({"decision": "same", "fields": {"phone": "merged"}})
    decision: Literal["same", "not-same"]
    survivor: UUID | None = None
    fields: Mapping[FieldName, Side] = Field(default={})


class Merge(Body):
    """The record that becomes part of this one, and by field which of both says what counts.

    Fields left out follow the order of systems that decides them, else the surviving record, else the other.
    """

    model_config = strict_example({"merged_id": _MERGED, "fields": {"phone": "merged"}})
    merged_id: UUID
    fields: Mapping[FieldName, Side] = Field(default={})


class Unmerge(Body):
    """The record that was merged by mistake."""

    model_config = strict_example({"merged_id": _MERGED})
    merged_id: UUID


class MergeOfPeople(BaseModel):
    """A record that became part of another one; `undone_at` where it is a record of its own again."""

    model_config = example(_MERGE)
    merge_id: UUID
    merged_id: UUID
    merged_at: datetime
    undone_at: datetime | None


class MergesOfPeople(BaseModel):
    """One page of merges, the oldest first."""

    model_config = example({"items": [_MERGE], "next": None})
    items: list[MergeOfPeople]
    next: str | None


class EditedSince(BaseModel):
    """A field of a record that was edited after the merge, and keeps what it says.

    Of a post `field` may also be `recorded`, it began since and stays with the survivor, or `withdrawn`.
    """

    record: Literal["person", "post"]
    id: UUID
    field: str


class PartedPeople(BaseModel):
    """Both people after a merge was undone, and what was edited since."""

    model_config = example(
        {"person": IN_FULL, "restored": IN_FULL | {"person_id": _MERGED}, "conflicts": [_EDITED]}
    )
    person: PersonInFull
    restored: PersonInFull
    conflicts: list[EditedSince]


@router.post(
    "/match-reviews/{review_id}/decide", summary="Decide whether two are one", response_model=MatchReview
)
async def review_decide(
    review_id: UUID,
    body: MatchDecision,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Say whether both records are of one person.

    *Same* merges them; `POST /v1/people/{person_id}/unmerge` undoes it. *Not the same* holds until what identifies
    one of them changes.

    Of two decisions at once the first one counts, the other is refused (409 `match-decided`).
    """
    found = await get_review(session, caller, review_id)
    check_if_match_sent(request, found["version"])
    pair = [UUID(str(found[side])) for side in ("first_id", "second_id")]
    if body.decision == "same":
        await lock_both(session, *pair)
    await decide(session, review_id, body.decision, caller.subject_key)
    if body.decision == "same":
        survivor = body.survivor or pair[0]
        if survivor not in pair:
            error = FieldError("/survivor", "survivor-unknown", "It is none of the pair.")
            raise Invalid("survivor-unknown", "The survivor is one of both people.", [error])
        other = pair[1] if survivor == pair[0] else pair[0]
        await merge_people(session, survivor, other, body.fields, caller.subject_key)
    return await answer_review(session, caller, review_id, response)


@router.post(
    "/people/{person_id}/merge", summary="Merge another record into this", response_model=PersonInFull
)
async def person_merge(
    person_id: UUID, body: Merge, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Make another record part of this one: both are one person's, with one history. Needs If-Match.

    You keep both records, and neither is your own. The other id answers 410 `person-merged` from then on, and its
    identifiers find this person.
    """
    for each in (person_id, body.merged_id):
        await may_keep(session, caller, each)
    locked, _ = await lock_both(session, person_id, body.merged_id)
    check_if_match(request, locked["version"])
    await merge_people(session, person_id, body.merged_id, body.fields, caller.subject_key)
    return await answer(session, caller, person_id, response)


@router.get(
    "/people/{person_id}/merges", summary="Records that were merged into this", response_model=MergesOfPeople
)
async def person_merges(person_id: UUID, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Which records are part of this one, and which were."""
    await may_keep(session, caller, person_id)
    return await list_merges(session, person_id, paging)


@router.post("/people/{person_id}/unmerge", summary="Undo a merge", response_model=PartedPeople)
async def person_unmerge(
    person_id: UUID, body: Unmerge, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Give both records back what was theirs. Needs If-Match.

    Later edits stay, and `conflicts` lists them; what was recorded since the merge stays with this person. Of
    several merges the last one is undone first.
    """
    await may_keep(session, caller, person_id)
    await merge_of(session, person_id, body.merged_id)
    locked, _ = await lock_both(session, person_id, body.merged_id)
    check_if_match(request, locked["version"])
    conflicts = await undo_merge(session, person_id, body.merged_id, caller.subject_key)
    for each in (person_id, body.merged_id):  # who keeps only one of both after that may not part them
        await may_keep(session, caller, each)
    person, restored = [await get_person(session, caller, each) for each in (person_id, body.merged_id)]
    response.headers["ETag"] = etag(person["version"])
    return {"person": person, "restored": restored, "conflicts": await as_shown(session, caller, conflicts)}
