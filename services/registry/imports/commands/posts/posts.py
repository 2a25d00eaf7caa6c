"""Posts in bulk: upsert by the external id of a source system, references resolved and checked as sets."""

from collections.abc import AsyncIterator

from services.registry.imports.commands.full_lists import FullList, Scope, supersede, waits
from services.registry.imports.commands.posts.absent import POSTS
from services.registry.imports.commands.posts.lines import COLUMNS, PostLine, check, records
from services.registry.imports.commands.posts.references import resolve
from services.registry.imports.commands.posts.refusals import settle
from services.registry.imports.commands.posts.terms import (
    end_terms,
    follow_terms,
    people_of_reports,
    settle_terms,
)
from services.registry.imports.commands.report import Reader, Report, begin, filled, name_of
from services.registry.imports.commands.runs import Absence
from services.registry.matching.commands.candidates import compare_later
from services.registry.primary_post import MOST
from services.registry.publication.commands import announce_people, keep_posts, raise_people
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock
from shared.auth.caller import Caller

_TABLE = """
create temp table post_line (line int, as_of date, external_id text, person_external_id text, person_id uuid,
    unit_code text, unit_external_id text, unit_system text, role_code text, valid_from date, valid_to date,
    end_reason text, end_destination text, acting boolean, primary_claim boolean,
    manager_external_id text, manager_post_id uuid) on commit drop
"""
_MET = """
select count(*) from identified_post i where i.system_id = $1 and i.value in (select external_id from post_line)
"""
_REJECTED = """
select line, problem, l.person_id is not null, l.unit_external_id is not null, l.manager_post_id is not null
from post_ready r join post_line l using (line) where problem is not null order by line
"""
_CHANGED = """
create temp table post_changed on commit drop as
select l.post_id, l.person_id, l.is_new from post_ready l left join post p on p.post_id = l.post_id
where l.problem is null and (p.post_id is null or
    (p.unit_code, p.role_code, p.valid_from, p.valid_to, p.end_reason, p.end_destination, p.acting,
        p.primary_claim, p.manager_post_id)
    is distinct from
    (l.unit_code, l.role_code, l.valid_from, l.valid_to, l.end_reason, l.end_destination, l.acting,
        l.primary_claim, l.manager_post_id))
"""
_KEEP = "select post_id from post_changed where not is_new"
_UPDATE = """
update post p set version = p.version + 1, unit_code = l.unit_code, role_code = l.role_code,
    valid_from = l.valid_from, valid_to = l.valid_to, end_reason = l.end_reason,
    end_destination = l.end_destination, acting = l.acting, primary_claim = l.primary_claim,
    manager_post_id = l.manager_post_id, recorded_at = $2, recorded_by = $1
from post_ready l join post_changed c using (post_id) where p.post_id = l.post_id and not c.is_new
"""
_INSERT = """
insert into post (post_id, version, source, external_id, person_id, unit_code, role_code, valid_from, valid_to,
    end_reason, end_destination, acting, primary_claim, manager_post_id, recorded_at, recorded_by)
select l.post_id, 1, coalesce(s.source, $1), case when s.line is null then l.external_id else s.external_id end,
    l.person_id, l.unit_code, l.role_code, l.valid_from, l.valid_to, l.end_reason,
    l.end_destination, l.acting, l.primary_claim, l.manager_post_id, $2, $3
from post_ready l join post_changed c using (post_id) left join post_split s on s.new_id = l.post_id
where c.is_new
"""
# The version that a line changes: null of a new post. One that goes on as another term has its old id still.
_BEFORE = """
select l.line, coalesce(p.version, o.version) from post_changed c join post_ready l using (post_id)
left join post p using (post_id) left join post_split s on s.new_id = l.post_id
left join post o on o.post_id = s.old_id
"""
_PERSONS = "select distinct person_id from post_changed order by person_id"
# A post that goes on as another term was there before.
_CREATED = """
select count(*) from post_changed where is_new and post_id not in (select new_id from post_split)
"""
_UPDATED = """
select count(*) from post_changed where not is_new or post_id in (select new_id from post_split)
"""
PERSON, UNIT, MANAGER = "/person_external_id", "/unit_code", "/manager_external_id"
# The other way in which a line names each, in the order of the columns of `_REJECTED`.
_OTHERWISE = {PERSON: "/person_id", UNIT: "/unit_external_id", MANAGER: "/manager_post_id"}
_DETAILS = {
    "person-unknown": (PERSON, "There is no such person, or none that you may see."),
    "unit-unknown": (UNIT, "There is no such unit."),
    "unit-identifier-unknown": ("/unit_external_id", "The source system calls no unit so."),
    "unit-out-of-scope": (UNIT, "The unit lies outside your units."),
    "unit-closed": (UNIT, "The unit is closed before the post ends."),
    "role-unknown": ("/role_code", "There is no such role."),
    "person-changed": (PERSON, "The post is another person's; end it and send a new one."),
    "person-deactivated": ("/valid_to", "The person leaves before the post ends."),
    "manager-unknown": (MANAGER, "There is no such post."),
    "manager-self": (MANAGER, "Nobody reports to themselves."),
    "posts-too-many": (PERSON, f"A person has up to {MOST} posts, past ones included."),
    "primary-overlaps": ("/primary", "Another post of the person is primary on the same days."),
}


async def import_posts(
    connection: Connection,
    batches: AsyncIterator[tuple[int, list[bytes]]],
    caller: Caller,
    writer: Writer,
    report: Report,
    full: FullList | None = None,
) -> Absence:
    """Load posts. A line may name a manager whose post is in the same load, before or after it.

    A `full` list names all posts of the system within the caller's units. Raises Invalid `list-incomplete`, and
    `load-tangled`, as `refusals.settle`.
    """
    await begin(connection, writer.source)
    waiting = await waits(connection, POSTS, writer.source)
    reader = Reader(PostLine, report, check, named=waiting)
    await connection.execute(_TABLE)
    async for first, lines in batches:
        given = filled(first, lines, report)
        if full is not None:
            await full.name(connection, [name_of(text) for _, text in given])
        rows = records(given, reader)
        await connection.copy_records_to_table("post_line", records=rows, columns=COLUMNS)
    await connection.execute("analyze post_line")
    await resolve(connection, caller, writer)
    await settle_terms(connection, report)
    await connection.execute("create index on post_ready (post_id)")
    await connection.execute("create index on post_ready (external_id)")
    await settle(connection, writer.source, list(caller.units))
    for line, problem, *otherwise in await connection.fetch(_REJECTED):
        report.reject(line, problem, *_explained(problem, *otherwise))
    if full is not None:
        full.meet(await connection.fetchval(_MET, writer.source))
    await _write(connection, writer, report)
    report.finish()
    if waiting:
        units = list(caller.units) if full else []
        await supersede(connection, POSTS, writer.source, report, reader.external_ids or [], units)
    if full is None:
        return Absence()
    about = Scope(writer.source, list(caller.units), everywhere=False)
    return await full.settle(connection, POSTS, about, writer.by, report)


def _explained(problem: str, *otherwise: bool) -> tuple[str, str]:
    """Pointer and explanation; the pointer is to the field by which the line names person, unit or manager."""
    pointer, detail = _DETAILS[problem]
    if dict(zip(_OTHERWISE, otherwise, strict=True)).get(pointer):
        pointer = _OTHERWISE[pointer]
    return pointer, detail


async def _write(connection: Connection, writer: Writer, report: Report) -> None:
    """Write the lines that differ, and publish their people."""
    await connection.execute(_CHANGED)
    await connection.execute("analyze post_changed")
    if report.digest is not None:
        for line, version in await connection.fetch(_BEFORE):
            report.note("changed", line, version)
    people = {row[0] for row in await connection.fetch(_PERSONS)}
    await compare_later(connection, people)  # by where they work
    people.update(await people_of_reports(connection))
    await raise_people(connection, people)
    await end_terms(connection, writer.by)
    await keep_posts(connection, [row[0] for row in await connection.fetch(_KEEP)])
    await connection.execute(_UPDATE, writer.by, clock.now())
    await connection.execute(_INSERT, writer.source, clock.now(), writer.by)
    await follow_terms(connection, writer.by)
    report.created = await connection.fetchval(_CREATED)
    report.updated = await connection.fetchval(_UPDATED)
    await announce_people(connection, people)
