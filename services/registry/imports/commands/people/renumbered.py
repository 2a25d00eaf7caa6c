"""People who come back under a new number of their system: the same person, who keeps one history.

A line names the new number and the former one. Where the system knows the person under the former number and
nobody under the new one, the new one takes its place; posts that come under the former number are theirs still.
"""

from services.registry.imports.commands.people.scope import IS_OUTSIDE
from services.registry.imports.commands.report import Report, reject_all
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock

_TABLE = """
create temp table renumbered on commit drop as
select l.line, l.external_id as value, l.former_external_id as former, i.person_id,
    row_number() over (partition by l.former_external_id order by l.line) as nth
from person_line l join identified_person i on i.system_id = $1 and i.value = l.former_external_id
where l.former_external_id <> l.external_id
"""
_ANY = "select exists (select from person_line where former_external_id is not null)"
# A line whose former number is nobody's, or somebody else's than the new one is. What an earlier load did is done.
_REFUSED = """
delete from person_line l where l.former_external_id is not null and (
    l.former_external_id = l.external_id
    or exists (select from renumbered r where r.line = l.line and r.nth > 1)
    or exists (select from renumbered r join identified_person i on i.system_id = $1 and i.value = l.external_id
        where r.line = l.line)
    or not exists (select from renumbered r where r.line = l.line) and not exists (
        select from former_identifier f join identified_person i using (person_id)
        where f.system_id = $1 and f.value = l.former_external_id
          and i.system_id = $1 and i.value = l.external_id))
returning l.line, 'former-unknown'
"""
# Whose posts lie outside the caller's units ($1) is nobody to the caller; $2 today.
_OUTSIDE = f"""
delete from person_line l using renumbered r join person p using (person_id)
where r.line = l.line and {IS_OUTSIDE.replace("$2", "$1").replace("$3", "$2")}
returning l.line, 'former-unknown'
"""
_DROP = "delete from renumbered r where not exists (select from person_line l where l.line = r.line)"
_FIRST = """
update person p set external_id = r.value from renumbered r
where p.person_id = r.person_id and p.source = $1 and p.external_id = r.former
"""
_FURTHER = """
update person_identifier i set value = r.value from renumbered r
where i.person_id = r.person_id and i.system_id = $1 and i.value = r.former
"""
_KEEP = """
insert into former_identifier (value, system_id, person_id, recorded_at, recorded_by)
select former, $1, person_id, $2, $3 from renumbered
"""
# Nothing else of them may have changed: the digest is that of another line in any case.
_FORGET = """
update person p set line_digest = null from renumbered r where p.person_id = r.person_id
"""
_DETAILS = {
    "former-unknown": (
        "/former_external_id",
        "The system calls nobody so, or knows somebody else under the new number.",
    )
}


async def renumber(connection: Connection, writer: Writer, scope: list[str] | None, report: Report) -> None:
    """Give people of `person_line` their new numbers, before lines are met with people; `scope` as there."""
    if not await connection.fetchval(_ANY):
        return
    await connection.execute(_TABLE, writer.source)
    reject_all(report, await connection.fetch(_REFUSED, writer.source), _DETAILS)
    if scope is not None:
        reject_all(report, await connection.fetch(_OUTSIDE, scope, clock.today()), _DETAILS)
    await connection.execute(_DROP)
    for statement in (_FIRST, _FURTHER):
        await connection.execute(statement, writer.source)
    await connection.execute(_KEEP, writer.source, clock.now(), writer.by)
    await connection.execute(_FORGET)
