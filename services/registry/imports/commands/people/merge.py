"""Lines of people that need a closer look, in one merge.

Unchanged lines are found by a join. Where only the wording differs from the line taken before, the
new wording is remembered and nothing else is written.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.registry.field_precedence.order import Precedence, superiors
from services.registry.imports.commands.people.doubtful import hold_doubtful
from services.registry.imports.commands.people.lines import COLUMNS
from services.registry.imports.commands.people.renumbered import renumber
from services.registry.imports.commands.people.scope import IS_OUTSIDE
from services.registry.imports.commands.people.sign_ins import SignIns, apply_sign_ins, reject_taken
from services.registry.imports.commands.report import Report, reject_all
from services.registry.matching.commands.candidates import compare_later
from services.registry.publication.commands import announce_people, keep_people
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock

AT_ONCE = (
    10_000  # people who are changed together: memory stays flat, and each statement reads the lines once
)
_OWN = COLUMNS[1:]
_OUTSIDE = f"""
delete from person_line l using identified_person i join person p using (person_id)
where i.system_id = $1 and i.value = l.external_id and {IS_OUTSIDE}
returning l.line, 'person-out-of-scope'
"""
_DIFFERENT = f"""
({", ".join(f"p.{column}" for column in _OWN)}) is distinct from ({", ".join(f"l.{column}" for column in _OWN)})
"""
# People whose line is not the one taken before, whether it says something else or says it otherwise.
_OTHERS = f"""
select p.person_id, l.external_id, {_DIFFERENT}, p.version
from person_line l join identified_person i on i.system_id = $1 and i.value = l.external_id
    join person p using (person_id)
where {_DIFFERENT} or p.line_digest is distinct from l.line_digest order by p.person_id for update of p
"""
_UPDATE = f"""
update person p set version = p.version + 1, {", ".join(f"{column} = l.{column}" for column in _OWN)},
    recorded_at = $3, recorded_by = $4, line_digest = l.line_digest
from person_line l join identified_person i on i.system_id = $1 and i.value = l.external_id
where p.person_id = i.person_id and p.person_id = any($2::uuid[])
"""
_REMEMBER = """
update person p set line_digest = l.line_digest
from person_line l join identified_person i on i.system_id = $1 and i.value = l.external_id
where p.person_id = i.person_id and p.person_id = any($2::uuid[])
"""
# A field about which another system ($2) that knows the person has the say: the line says what is stored.
_KEEP_STORED = """
update person_line l set {0} = p.{0}
from identified_person i join person p using (person_id)
where i.system_id = $1 and i.value = l.external_id and exists (
    select from identified_person other where other.person_id = p.person_id and other.system_id = any($2::text[]))
"""
# New people with sign-ins; those without are written before.
# Sorted, because a sort ends the look for known people before the first insert: a plan that scans the
# growing table for every line took minutes. No `on conflict`: any other writer of people of this source
# holds or shares the import's lock.
_INSERT = f"""
insert into person (version, source, {", ".join(COLUMNS)}, recorded_at, recorded_by, line_digest)
select 1, $1, {", ".join(f"l.{column}" for column in COLUMNS)}, $2, $3, l.line_digest from person_line l
where not exists (select from identified_person i where i.system_id = $1 and i.value = l.external_id)
order by l.line
returning person_id, external_id
"""
_DETAILS = {
    "person-out-of-scope": ("/external_id", "The person's posts lie outside your units."),
    "own-sign-in": ("/subjects", "Nobody unties their own sign-in."),
    "subject-taken": ("/subjects", "A sign-in of this line is tied to another person."),
}


async def merge_people(
    connection: Connection,
    writer: Writer,
    scope: list[str] | None,
    report: Report,
    sign_ins: SignIns,
    precedence: Precedence,
) -> None:
    """Merge the temporary table into `person`; `scope` has the caller's units unless it has the root."""
    source = writer.source
    await renumber(connection, writer, scope, report)
    for field, systems in superiors(precedence, source).items():
        await connection.execute(_KEEP_STORED.format(field), source, systems)
    if scope is not None:
        reject_all(report, await connection.fetch(_OUTSIDE, source, scope, clock.today()), _DETAILS)
    await hold_doubtful(connection, source, report)
    tying = sign_ins.tying
    if tying:
        reject_all(report, await reject_taken(connection, writer, scope, sign_ins), _DETAILS)
    await connection.execute("analyze person_line")
    waiting = await _change(connection, writer, report, tying)
    if tying:
        added = await connection.fetch(_INSERT, source, clock.now(), writer.by)
        report.created += len(added)
        for _, external_id in added:
            report.note("created", external_id)
        waiting.update(row[0] for row in added)
        await compare_later(connection, [row[0] for row in added])
        tied = await apply_sign_ins(connection, source, tying, waiting)
        report.updated += len(tied)
        for person_id in tied:
            report.note("tied", person_id)
        await announce_people(connection, {*tied, *waiting})


async def _change(connection: Connection, writer: Writer, report: Report, tying: set[str]) -> set[UUID]:
    """Write what differs and publish it. Returns the people still to be published with their sign-ins."""
    waiting: set[UUID] = set()
    cursor = await connection.cursor(_OTHERS, writer.source)
    while others := await cursor.fetch(AT_ONCE):
        waiting |= await _change_some(connection, writer, report, tying, others)
    return waiting


async def _change_some(
    connection: Connection, writer: Writer, report: Report, tying: set[str], others: Sequence[Any]
) -> set[UUID]:
    """As `_change`, of some rows of `_OTHERS`."""
    source = writer.source
    updated = [person_id for person_id, _, differs, _ in others if differs]
    for person_id, _, differs, version in others:
        report.note("updated" if differs else "met", person_id, version)
    await keep_people(connection, updated)
    await connection.execute(_UPDATE, source, updated, clock.now(), writer.by)
    await connection.execute(_REMEMBER, source, [row[0] for row in others if not row[2]])
    report.updated += len(updated)
    waiting = {person_id for person_id, external_id, differs, _ in others if differs and external_id in tying}
    await compare_later(connection, updated)
    await announce_people(connection, [person_id for person_id in updated if person_id not in waiting])
    return waiting
