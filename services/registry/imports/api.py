"""Bulk doors: facility lists, people and posts, each answered by a line-by-line report."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from services.registry.field_types import CodeQuery, DayQuery, example
from services.registry.imports.commands.facilities.facilities import import_facilities
from services.registry.imports.commands.people.leavers import LeaverLine, import_leavers
from services.registry.imports.commands.people.lines import PersonLine
from services.registry.imports.commands.people.people import import_people
from services.registry.imports.commands.posts.lines import PostLine
from services.registry.imports.commands.posts.posts import import_posts
from shared.auth import rights
from shared.auth.caller import subject_key
from shared.directory.authorization import require_any
from shared.errors import FieldError, Forbidden, Invalid
from shared.http import Caller, LoadRoute, Raw
from shared.http.body_schemas import lines_body, text_body
from shared.http.decoding import UNREADABLE
from shared.http.ndjson import batches

_UNITS = "select unit_code from unit where unit_code = any($1::text[])"


class ImportRoute(LoadRoute):
    """Lists of units, people and posts; each asks for its own right once it is here."""

    rights = ("unit.keep", "person.record", "person.keep", "post.keep")


router = APIRouter(prefix="/v1/imports", route_class=ImportRoute, tags=["imports"])

_REPORT = {
    "received": 3, "created": 1, "updated": 0, "unchanged": 1, "rejected_count": 1,
    "rejected": [{"line": 3, "code": "field-wrong", "pointer": "/sex", "detail": "Not one of the known values."}],
    "duplicates_count": 0, "duplicates": [], "crowds_count": 0, "crowds": [], "units_added": [], "columns": {},
}  # fmt: skip
_PEOPLE = (
    '{"external_id": "hr-4711", "family_name": "Kamara", "given_name": "Aminata", "sex": "female",'
    ' "birth_year": 1984, "cadre": "Nurse"}\n'
    '{"external_id": "hr-4712", "family_name": "Sesay"}\n'
)
_POSTS = (
    '{"external_id": "p-1", "person_external_id": "hr-4711", "unit_code": "SL-EASTERN",'
    ' "role_code": "regional-director", "valid_from": "2024-01-01"}\n'
    '{"external_id": "p-2", "person_external_id": "hr-4712", "unit_code": "SL-F-K7Q2M9X4AB",'
    ' "role_code": "facility-manager", "valid_from": "2025-03-01", "manager_external_id": "p-1"}\n'
)
_LEAVERS = '{"external_id": "hr-4712", "on": "2026-12-01"}\n'
_FACILITIES = (
    "Country,Admin1,Facility name,Facility type,Ownership,Lat,Long\n"
    "Sierra Leone,Eastern,Baama Community Health Centre,Community Health Centre,MoH,8.3588,-11.3329\n"
)


class RejectedLine(BaseModel):
    """A line that was not taken."""

    line: int
    code: str
    pointer: str
    detail: str


class LikelyDuplicate(BaseModel):
    """Two facilities that may be one; a line is null for a unit that the list does not mention."""

    codes: tuple[str, str]
    lines: tuple[int | None, int | None]
    reasons: list[str]
    metres: int | None


class Crowd(BaseModel):
    """More than 20 facilities that are alike for one reason, `same-name` or `near-position`; ten are named."""

    reason: str
    size: int
    codes: list[str]
    lines: list[int | None]


class ImportReport(BaseModel):
    """received = created + updated + unchanged + rejected_count; the first 1,000 findings are listed."""

    model_config = example(_REPORT)
    received: int
    created: int
    updated: int
    unchanged: int
    rejected_count: int
    rejected: list[RejectedLine]
    duplicates_count: int
    duplicates: list[LikelyDuplicate]
    crowds_count: int
    crowds: list[Crowd]
    units_added: list[str]
    columns: dict[str, str]


_FACILITY_REPORT = _REPORT | {
    "rejected": [{"line": 3, "code": "position-wrong", "pointer": "/latitude", "detail": "Degrees are expected."}],
    "columns": {"name": "Facility name", "region": "Admin1", "latitude": "Lat", "longitude": "Long"},
    "header_line": 1, "unused_headers": ["LL source"], "remarks": [],
    "accepted": [{"line": 2, "unit_code": "SL-F-K7Q2M9X4AB", "outcome": "created"}],
}  # fmt: skip


class AcceptedLine(BaseModel):
    """A line that was taken, and the unit that it is about."""

    line: int
    unit_code: str
    outcome: str


class Remark(BaseModel):
    """What somebody should know of lines that were taken: how many, and the first of them."""

    code: str
    pointer: str
    detail: str
    lines_count: int
    first_line: int


class FacilityReport(ImportReport):
    """As other loads. Lines are numbered as a spreadsheet shows them; each that was taken has its unit's code."""

    model_config = example(_FACILITY_REPORT)
    header_line: int
    unused_headers: list[str]
    remarks: list[Remark]
    accepted: list[AcceptedLine]


@router.post(
    "/people",
    summary="Load people",
    response_model=ImportReport,
    openapi_extra=lines_body(PersonLine, _PEOPLE),
)
async def people_import(request: Request, connection: Raw, caller: Caller) -> Any:
    """Load people, one JSON object a line, recognised by your own `external_id`. Good lines stand."""
    await _require(connection, caller, "person.record")
    _expect(request, "application/x-ndjson")
    pepper = request.app.state.settings.subject_pepper
    report = await import_people(
        connection, batches(request), caller, lambda iss, sub: subject_key(pepper, iss, sub)
    )
    return _answer(report)


@router.post(
    "/posts", summary="Load posts", response_model=ImportReport, openapi_extra=lines_body(PostLine, _POSTS)
)
async def posts_import(request: Request, connection: Raw, caller: Caller) -> Any:
    """Load posts, one JSON object a line, recognised by your own `external_id`. Good lines stand.

    A line that would change days already past is rejected, `history-changed` or `post-ended`, unless its
    `as_of` says from which day on the post is so: before it the post stays as it was.
    """
    await _require(connection, caller, "post.keep")
    _expect(request, "application/x-ndjson")
    return _answer(await import_posts(connection, batches(request), caller))


@router.post(
    "/leavers",
    summary="Let people leave",
    response_model=ImportReport,
    openapi_extra=lines_body(LeaverLine, _LEAVERS),
)
async def leavers_import(request: Request, connection: Raw, caller: Caller) -> Any:
    """Let people leave, one JSON object a line: your `external_id` of the person, and the first day without them.

    Posts end the day before, later ones are withdrawn, as by DELETE of one person. Good lines stand.
    """
    await _require(connection, caller, "person.keep")
    _expect(request, "application/x-ndjson")
    return _answer(await import_leavers(connection, batches(request), caller))


@router.post(
    "/facilities",
    summary="Load a master facility list",
    response_model=FacilityReport,
    openapi_extra=text_body("text/csv", _FACILITIES),
)
async def facilities_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    mapping: Annotated[str | None, Query(max_length=2000)] = None,
    country: CodeQuery = None,
    open_from: DayQuery = None,
) -> Any:
    """Load a master facility list as CSV. `mapping` is a JSON object field -> header for unusual headers.

    A field that is mapped to null is left out, though the list has a usual header for it.

    `country` is the code of the root, which is made when there is none; `open_from` the opening day
    of new units (2000-01-01: not known).
    """
    rights.note_load(caller, "unit.keep")
    if not caller.units:  # a new root is named there before it exists
        raise Forbidden("unit-out-of-scope", "This needs a token that is valid for a unit.")
    _expect(request, "text/csv")
    report = await import_facilities(
        connection, request.stream(), caller, _mapping(mapping), country, open_from
    )
    return _answer(report)


def _mapping(text: str | None) -> dict[str, str | None]:
    if text is None:
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, str | None])
    except (*UNREADABLE, UnicodeError):
        error = FieldError("/query/mapping", "mapping-malformed", 'For example {"name": "Facility name"}.')
        raise Invalid(
            "mapping-malformed", "The mapping is not a JSON object of strings and nulls.", [error]
        ) from None


def _expect(request: Request, media_type: str) -> None:
    given = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if given != media_type:
        error = FieldError("/header/Content-Type", "media-type", f"Send {media_type}.")
        raise Invalid("media-type", "The body has another media type.", [error])


async def _require(connection: Raw, caller: Caller, right: str) -> None:
    """Pass with the right for at least one unit that exists: a load is not of nowhere."""
    rows = await connection.fetch(_UNITS, list(caller.units))
    require_any(caller, right, [row[0] for row in rows])


def _answer(report: msgspec.Struct) -> Response:
    return Response(msgspec.json.encode(report), media_type="application/json")
