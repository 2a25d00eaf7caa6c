"""Bulk doors: facility lists, people and posts, each answered by a line-by-line report."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query, Request

from services.registry.field_types import CodeQuery, DayQuery, SystemQuery
from services.registry.imports.api import models
from services.registry.imports.api.load_run import HowAsked, Load, run_load
from services.registry.imports.api.models import ImportReport
from services.registry.imports.commands.facilities.facilities import import_facilities
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.commands.people.absent import FullList
from services.registry.imports.commands.people.leavers import LeaverLine, import_leavers
from services.registry.imports.commands.people.lines import PersonLine
from services.registry.imports.commands.people.people import import_people
from services.registry.imports.commands.posts.lines import PostLine
from services.registry.imports.commands.posts.posts import import_posts
from services.registry.imports.commands.report import Report
from services.registry.imports.commands.runs import Absence
from services.registry.source_systems.choice import Records
from services.registry.source_systems.queries import Writer, writer_of
from shared.auth import rights
from shared.auth.caller import Caller as VerifiedCaller
from shared.auth.caller import subject_key
from shared.directory.authorization import require_any
from shared.errors import FieldError, Forbidden, Invalid
from shared.http import Caller, LoadRoute, Raw
from shared.http.body_schemas import lines_body, text_body
from shared.http.decoding import UNREADABLE
from shared.http.ndjson import batches

FullQuery = Annotated[bool, Query(description="The list names everybody: others are deactivated.")]
LinesQuery = Annotated[
    int | None, Query(ge=0, description="Lines of a full list, as its system counts them itself.")
]

_UNITS = "select unit_code from unit where unit_code = any($1::text[])"


class ImportRoute(LoadRoute):
    """Lists of units, people and posts; each asks for its own right once it is here."""

    rights = ("unit.keep", "person.record", "person.keep", "post.keep")


router = APIRouter(prefix="/v1/imports", route_class=ImportRoute, tags=["imports"])

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


@router.post(
    "/people",
    summary="Load people",
    response_model=ImportReport,
    openapi_extra=lines_body(PersonLine, _PEOPLE),
)
async def people_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    system: SystemQuery = None,
    full: FullQuery = False,
    lines: LinesQuery = None,
) -> Any:
    """Load people, one JSON object a line, recognised by your source system's `external_id`. Good lines stand.

    `system` is the source system that you write as, where you are bound to several.

    A `full` list names everybody of the system in your units, in as many `lines` as the system counts itself. Who
    is not named is deactivated from today. Above the greater of 20 people and 2 % of a region, or where lines are
    rejected, they wait until somebody else approves exactly these: `POST /v1/imports/{import_id}/approve`.
    """
    writer = await _writer(connection, caller, "person.record", system, "people")
    everybody = await _full(connection, caller, full, lines)
    pepper = request.app.state.settings.subject_pepper
    report = Report()

    def key_of(issuer: str, subject: str) -> str:
        return subject_key(pepper, issuer, subject)

    async def work() -> Absence:
        return await import_people(connection, batches(request), caller, writer, key_of, report, everybody)

    load = Load("people", writer.source, how, full)
    return await run_load(request, connection, caller, load, report, work)


@router.post(
    "/posts", summary="Load posts", response_model=ImportReport, openapi_extra=lines_body(PostLine, _POSTS)
)
async def posts_import(
    request: Request, connection: Raw, caller: Caller, how: HowAsked, system: SystemQuery = None
) -> Any:
    """Load posts, one JSON object a line, recognised by your source system's `external_id`. Good lines stand.

    `system` is the source system that you write as, where you are bound to several.

    A line that would change days already past is rejected, `history-changed` or `post-ended`, unless its
    `as_of` says from which day on the post is so: before it the post stays as it was.
    """
    writer = await _writer(connection, caller, "post.keep", system, "posts")
    report = Report()

    async def work() -> None:
        await import_posts(connection, batches(request), caller, writer, report)

    return await run_load(request, connection, caller, Load("posts", writer.source, how), report, work)


@router.post(
    "/leavers",
    summary="Let people leave",
    response_model=ImportReport,
    openapi_extra=lines_body(LeaverLine, _LEAVERS),
)
async def leavers_import(
    request: Request, connection: Raw, caller: Caller, how: HowAsked, system: SystemQuery = None
) -> Any:
    """Let people leave, one JSON object a line: the person's `external_id`, and the first day without them.

    Posts end the day before, later ones are withdrawn, as by DELETE of one person. Good lines stand.
    `system` is the source system that you write as, where you are bound to several.
    """
    writer = await _writer(connection, caller, "person.keep", system, "people")
    report = Report()

    async def work() -> None:
        await import_leavers(connection, batches(request), caller, writer, report)

    return await run_load(request, connection, caller, Load("leavers", writer.source, how), report, work)


@router.post(
    "/facilities",
    summary="Load a master facility list",
    response_model=models.FacilityReport,
    openapi_extra=text_body("text/csv", _FACILITIES),
)
async def facilities_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    mapping: Annotated[str | None, Query(max_length=2000)] = None,
    country: CodeQuery = None,
    open_from: DayQuery = None,
    system: SystemQuery = None,
) -> Any:
    """Load a master facility list as CSV. `mapping` is a JSON object field -> header for unusual headers.

    A field that is mapped to null is left out, though the list has a usual header for it.

    `country` is the code of the root, which is made when there is none; `open_from` the opening day
    of new units (2000-01-01: not known). A column that `mapping` calls `external_id` has what your source
    system, `system`, calls each facility: it is met by that, and called so from then on.
    """
    rights.note_load(caller, "unit.keep")
    if not caller.units:  # a new root is named there before it exists
        raise Forbidden("unit-out-of-scope", "This needs a token that is valid for a unit.")
    fields = _mapping(mapping)
    identified = system is not None or fields.get("external_id") is not None
    writer = await writer_of(connection, caller, system, "units") if identified else None
    report = FacilityReport()

    async def work() -> None:
        text = request.stream()
        await import_facilities(connection, text, caller, fields, country, open_from, writer, report)

    load = Load("facilities", writer.source if writer else None, how)
    return await run_load(request, connection, caller, load, report, work)


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


async def _full(connection: Raw, caller: Caller, full: bool, lines: int | None) -> FullList | None:
    """How a list is read that names everybody; None where it need not. Raises Invalid `lines-required`."""
    if not full:
        return None
    await _require(connection, caller, "person.keep")
    if lines is None:
        error = FieldError("/query/lines", "lines-required", "Say how many lines the system says there are.")
        raise Invalid("lines-required", "A full list comes with its number of lines.", [error])
    return FullList(lines)


async def _writer(
    connection: Raw,
    caller: VerifiedCaller,
    right: str,
    system: str | None,
    records: Records,
) -> Writer:
    """The writer of a load of lines, which has the right."""
    await _require(connection, caller, right)
    return await writer_of(connection, caller, system, records)


async def _require(connection: Raw, caller: Caller, right: str) -> None:
    """Pass with the right for at least one unit that exists: a load is not of nowhere."""
    rows = await connection.fetch(_UNITS, list(caller.units))
    require_any(caller, right, [row[0] for row in rows])
