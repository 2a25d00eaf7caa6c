"""Rater requests and responses over HTTP: one by one, and in bulk."""

from datetime import date, datetime
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from services.assessment.raters.commands import raters
from services.assessment.raters.queries import requests as queries
from services.assessment.ratings.commands import bulk, responses
from shared.auth import rights
from shared.directory import authorization
from shared.errors import FieldError, Invalid
from shared.http import Caller, CommandRoute, HotRoute, LoadRoute, Paging, Raw, Reads, Working, Writes, etag
from shared.http.body_schemas import json_body, lines_body
from shared.http.decoding import UNREADABLE, explain
from shared.http.ndjson import batches


class BulkRoute(LoadRoute):
    """Answers of many raters at once."""

    rights = ("rating.enter",)


router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["ratings"])
bulk_router = APIRouter(prefix="/v1", route_class=BulkRoute, tags=["ratings"])
hot = APIRouter(prefix="/v1", route_class=HotRoute, tags=["ratings"])  # matched before all others

Category = Literal["self", "manager", "peer", "report", "partner"]
State = Literal["invited", "accepted", "declined", "answered", "withdrawn", "expired"]

_ANSWERS = msgspec.json.Decoder(responses.Answers)
_LINE = msgspec.json.Decoder(bulk.Line)
MAX_BODY = 64 * 1024


class RatedPerson(BaseModel):
    """Whom you were asked to rate, as registry has them; names of the role by language."""

    family_name: str
    given_name: str | None
    role_code: str
    role_name: dict[str, str]
    unit_code: str
    unit_name: str


class RaterRequest(BaseModel):
    """An invitation to rate somebody. `notice` is what raters of this relation must know.

    `subject` is null once the request is declined, withdrawn or expired, as is all else that says whom it
    was about, and while registry cannot be asked.

    `typed_in`: somebody entered an answer on your behalf, and nobody has confirmed it. Submit your own
    while the assessment is open: it takes that one's place.
    """

    request_id: UUID
    assessment_id: UUID
    subject_person_id: UUID | None = None
    subject: RatedPerson | None = None
    category: Category
    state: State
    version: int
    invited_at: datetime
    unit_code: str | None = None
    role_code: str | None = None
    level: str | None = None
    kind: str | None = None
    framework_code: str | None = None
    framework_version: int | None = None
    due_on: date | None = None
    notice: dict[str, str] | None = None
    typed_in: bool | None = None


class RaterRequests(BaseModel):
    """A page of rater requests."""

    items: list[RaterRequest]
    next: str | None


@hot.post(
    "/rater-requests/{request_id}/response",
    status_code=201,
    response_class=Response,
    summary="Submit your ratings",
    openapi_extra=json_body(responses.Answers, {"ratings": [4, 3, None], "relevance": [3, 4]}),
)
async def submit(work: Working, caller: Caller, request_id: UUID, request: Request) -> Response:
    """Ratings 1 to 5 in the instrument's order or by item code, null where you had no chance to observe.

    Relevance, 1 to 5 per competency, is asked of the subject and the manager. An answer cannot be
    changed. The last one awaited completes the assessment.
    """
    rights.require(caller, "rating.give")
    try:
        answers = _ANSWERS.decode(await request.body())
    except UNREADABLE as error:
        raise Invalid("response-invalid", "The response cannot be read.", [_field_error(error)]) from None
    done = None
    if (alone := work.alone()) is not None:
        async with alone as connection:
            done = await responses.submit_usual(connection, caller, request_id, answers)
    if done is None:
        done = await responses.submit(await work.connection(), caller, request_id, answers)
    return Response(msgspec.json.encode(done), 201, media_type="application/json")


@router.get("/rater-requests", summary="Whom you were asked to rate")
async def mine(session: Reads, caller: Caller, paging: Paging, state: State | None = None) -> RaterRequests:
    """Only requests addressed to you."""
    return RaterRequests.model_validate(await queries.mine(session, caller, paging, state))


@router.get("/rater-requests/{request_id}", summary="One request to you")
async def one(session: Reads, caller: Caller, request_id: UUID, response: Response) -> RaterRequest:
    """A manager is told here that a single manager's answers can be recognised."""
    row = await queries.one(session, caller, request_id)
    response.headers["ETag"] = etag(row["version"])
    return RaterRequest.model_validate(row)


@router.post("/rater-requests/{request_id}/accept", summary="Agree to rate")
async def accept(session: Writes, caller: Caller, request_id: UUID, response: Response) -> RaterRequest:
    """Saying it again changes nothing."""
    return await _answer(session, caller, request_id, "accepted", response)


@router.post("/rater-requests/{request_id}/decline", summary="Decline to rate")
async def decline(session: Writes, caller: Caller, request_id: UUID, response: Response) -> RaterRequest:
    """You are not awaited any more; there is no need to say why."""
    return await _answer(session, caller, request_id, "declined", response)


async def _answer(
    session: Writes, caller: Caller, request_id: UUID, state: str, response: Response
) -> RaterRequest:
    person = await authorization.require_person(session, caller, "rating.give")
    await raters.answer(session, request_id, person, state)
    row = await queries.one(session, caller, request_id)
    response.headers["ETag"] = etag(row["version"])
    return RaterRequest.model_validate(row)


@bulk_router.post(
    "/responses/bulk",
    response_class=Response,
    summary="Submit ratings of many raters",
    openapi_extra=lines_body(
        bulk.Line,
        '{"assessment_id": "0009855b-3769-43ba-8cff-0225f3837b54", "category": "peer",'
        ' "rater_person_id": "01a2072e-4afe-7bd8-ab00-bac6803d9f1f", "ratings": [4, 3, null]}\n',
    ),
)
async def submit_bulk(
    connection: Raw,
    caller: Caller,
    request: Request,
    awaiting_confirmation: Annotated[
        bool, Query(description="Assessments wait until typed-in answers that would count are confirmed.")
    ] = False,
) -> Response:
    """One response a line, for paper forms and other systems. Good lines stand, bad ones are reported.

    Loading the same lines again changes nothing. A rater nobody asked becomes an answered request. An answer
    entered on a rater's behalf counts towards the minimum of a group once the rater has submitted their own,
    or once somebody else has entered it a second time, which is answered with `already-answered`.
    """
    rights.note_load(caller, "rating.enter")
    await bulk.begin(connection)
    report = bulk.Report()
    rows: list[tuple[int, bulk.Line]] = []
    load = partial(bulk.load, connection, caller, report=report, awaiting_confirmation=awaiting_confirmation)
    async for first, batch in batches(request):
        for number, line in enumerate(batch, first):
            if not line.strip():
                continue
            report.received += 1
            if (row := _read(number, line, report)) is not None:
                rows.append((number, row))
        if len(rows) >= bulk.CHUNK:
            await load(rows)
            rows = []
    if rows:
        await load(rows)
    report.rejected.sort(key=lambda item: item["line"])
    return Response(msgspec.json.encode(report), media_type="application/json")


def _read(number: int, line: bytes, report: bulk.Report) -> bulk.Line | None:
    """One line as a response, or reported: by what is wrong with it alone."""
    try:
        row = _LINE.decode(line)
    except UNREADABLE as error:
        found = _field_error(error)
        report.reject(number, "line-malformed", found.pointer, found.detail)
        return None
    if row.assessment_id is None and (row.cycle_id is None or row.post_id is None):
        detail = "Name the assessment, or the cycle and the post."
        report.reject(number, "assessment-unnamed", "/assessment_id", detail)
        return None
    if not any(row.ratings):
        report.reject(number, "ratings-empty", "/ratings", "At least one item must be rated.")
        return None
    return row


def _field_error(error: Exception) -> FieldError:
    pointer, detail = explain(error)
    return FieldError(pointer, "malformed", detail)
