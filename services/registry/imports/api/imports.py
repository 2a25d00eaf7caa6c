"""Bulk doors of people, posts and leavers, as NDJSON or CSV, each answered by a line-by-line report."""

from typing import Any

from fastapi import APIRouter, Request

from services.registry.field_types import SystemQuery
from services.registry.imports.api.full_lists import FullQuery, LinesQuery, full_list
from services.registry.imports.api.load_run import HowAsked, ImportRoute, Load, run_load
from services.registry.imports.api.models import ImportReport
from services.registry.imports.api.rows import HowWritten, rows_of
from services.registry.imports.commands.people.leavers import LeaverLine, import_leavers
from services.registry.imports.commands.people.lines import PersonLine
from services.registry.imports.commands.people.people import import_people
from services.registry.imports.commands.posts.lines import PostLine
from services.registry.imports.commands.posts.posts import import_posts
from services.registry.imports.commands.report import Report
from services.registry.imports.commands.runs import Absence
from services.registry.source_systems.choice import Records
from services.registry.source_systems.queries import Writer, writer_of
from shared.auth.caller import Caller as VerifiedCaller
from shared.auth.caller import subject_key
from shared.directory.authorization import require_any
from shared.http import Caller, Raw
from shared.http.body_schemas import rows_body

_UNITS = "select unit_code from unit where unit_code = any($1::text[])"


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
_PEOPLE_CSV = "Staff number,Surname,First name,Sex,Year of birth,Cadre\n0047,Kamara,Aminata,F,1984,Nurse\n"
_POSTS_CSV = (
    "Post number,Staff number,Facility code,Role,Start date\n"
    "p-1,0047,SL-F-K7Q2M9X4AB,facility-manager,2025-03-01\n"
)
_LEAVERS_CSV = "Staff number,Leaving date,Reason\n0047,2026-12-01,retired\n"
_LEAVERS = '{"external_id": "hr-4712", "on": "2026-12-01"}\n'


@router.post(
    "/people",
    summary="Load people",
    response_model=ImportReport,
    openapi_extra=rows_body(PersonLine, _PEOPLE, _PEOPLE_CSV),
)
async def people_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    written: HowWritten,
    system: SystemQuery = None,
    full: FullQuery = False,
    lines: LinesQuery = None,
) -> Any:
    """Load people, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines stand.

    `system` is the source system that you write as, where you are bound to several.

    A `full` list names everybody of the system in your units, in as many `lines` as the system counts itself. Who
    is not named is deactivated from today. Above the greater of 20 people and 2 % of a region, or where lines are
    rejected, they wait until somebody else approves exactly these: `POST /v1/imports/{import_id}/approve`.
    """
    writer = await _writer(connection, caller, "person.record", system, "people")
    everybody = full_list(full, lines)
    if everybody is not None:
        await _require(connection, caller, "person.keep")
    pepper = request.app.state.settings.subject_pepper
    report = Report()
    rows = await rows_of(request, connection, "people", writer.source, written, report)

    def key_of(issuer: str, subject: str) -> str:
        return subject_key(pepper, issuer, subject)

    async def work() -> Absence:
        return await import_people(connection, rows, caller, writer, key_of, report, everybody)

    load = Load("people", writer.source, how, full)
    return await run_load(request, connection, caller, load, report, work)


@router.post(
    "/posts",
    summary="Load posts",
    response_model=ImportReport,
    openapi_extra=rows_body(PostLine, _POSTS, _POSTS_CSV),
)
async def posts_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    written: HowWritten,
    system: SystemQuery = None,
    full: FullQuery = False,
    lines: LinesQuery = None,
) -> Any:
    """Load posts, CSV or one JSON object a line, recognised by your system's `external_id`. Good lines stand.

    `system` is the source system that you write as, where you are bound to several.

    A line that would change days already past is rejected, `history-changed` or `post-ended`, unless its
    `as_of` says from which day on the post is so: before it the post stays as it was.

    A `full` list names all posts of the system in your units that go on, in as many `lines` as the system counts
    itself. What is not named was held until yesterday, or is withdrawn where it has not begun; beyond the bound
    it waits for approval, as with people.
    """
    writer = await _writer(connection, caller, "post.keep", system, "posts")
    everything = full_list(full, lines)
    report = Report()
    rows = await rows_of(request, connection, "posts", writer.source, written, report)

    async def work() -> Absence:
        return await import_posts(connection, rows, caller, writer, report, everything)

    load = Load("posts", writer.source, how, full)
    return await run_load(request, connection, caller, load, report, work)


@router.post(
    "/leavers",
    summary="Let people leave",
    response_model=ImportReport,
    openapi_extra=rows_body(LeaverLine, _LEAVERS, _LEAVERS_CSV),
)
async def leavers_import(
    request: Request,
    connection: Raw,
    caller: Caller,
    how: HowAsked,
    written: HowWritten,
    system: SystemQuery = None,
) -> Any:
    """Let people leave, CSV or one JSON object a line: `external_id`, and the first day without the person.

    Posts end the day before, later ones are withdrawn, as by DELETE of one person. Good lines stand.
    `system` is the source system that you write as, where you are bound to several.
    """
    writer = await _writer(connection, caller, "person.keep", system, "people")
    report = Report()
    rows = await rows_of(request, connection, "leavers", writer.source, written, report)

    async def work() -> None:
        await import_leavers(connection, rows, caller, writer, report)

    return await run_load(request, connection, caller, Load("leavers", writer.source, how), report, work)


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
