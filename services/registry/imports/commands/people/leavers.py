"""Who has left, in bulk: what `deactivate_person` does to one, done to all of a load as sets."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from services.registry.imports.commands.people.scope import IS_OUTSIDE, ROOT_INSIDE
from services.registry.imports.commands.report import Reader, Report, begin, filled, reject_all
from services.registry.leavings.leaving import Destination, Leaving, Reason, check_leaving
from services.registry.publication.commands import announce_people, keep_people, keep_posts
from services.registry.record_fields import EXTERNAL_ID
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock, fields
from shared.auth import rights
from shared.auth.caller import Caller
from shared.fields import Wrong

TABLE = """
create temp table leaver_line (line int, external_id text, on_day date, reason text, destination text)
on commit drop
"""
MAKE_LEAVERS = """
create temp table leaver (line int, on_day date, reason text, destination text, person_id uuid, before text,
    problem text) on commit drop
"""
# $1 source, $2 the caller's units, $3 today, $4 whether they include the root. A line without a reason keeps what
# is stored of it; `before` is the reason that was stored. Whose it is comes first: a former number of
# somebody out of scope tells no more than one that was nobody's.
_RESOLVE = f"""
insert into leaver
select l.line, l.on_day, coalesce(l.reason, p.leaving_reason),
    case when l.reason is null then p.leaving_destination else l.destination end,
    p.person_id, p.leaving_reason, case
    when p.person_id is null or not $4::boolean and {IS_OUTSIDE} then 'person-unknown'
    when f.person_id is not null then 'identifier-superseded'
    when p.deactivated_on < l.on_day then 'person-deactivated'
    when p.deactivated_on = l.on_day and (l.reason is null or
        (l.reason, l.destination) is not distinct from (p.leaving_reason, p.leaving_destination)) then 'unchanged'
end
from leaver_line l left join identified_person i on i.system_id = $1 and i.value = l.external_id
    left join former_identifier f on f.system_id = $1 and f.value = l.external_id
    left join person p on p.person_id = coalesce(i.person_id, f.person_id)
"""
_NAMED = (
    "select person_id from leaver where person_id is not null and problem is distinct from 'person-unknown'"
)
_LOCK = """
select person_id, version from person where person_id in (select person_id from leaver where problem is null)
order by person_id for update
"""
_REJECTED = "select line, problem from leaver where problem <> 'unchanged' order by line"
_LEAVE = """
update person p set deactivated_on = s.on_day, leaving_reason = s.reason, leaving_destination = s.destination,
    version = version + 1, recorded_at = $2, recorded_by = $1,
    line_digest = null
from leaver s where p.person_id = s.person_id and s.problem is null
"""
# Posts that go beyond the leaving, and those that it ended for another reason than the line gives.
_STILL = """
from post p join leaver s using (person_id)
where s.problem is null and (coalesce(p.valid_to, 'infinity') >= s.on_day
    or p.valid_to = s.on_day - 1 and p.end_reason is not distinct from s.before
        and (p.end_reason, p.end_destination) is distinct from (s.reason, s.destination))
"""
_POSTS = f"select p.post_id {_STILL}"
_END = f"""
update post set valid_to = s.on_day - 1, end_reason = s.reason, end_destination = s.destination,
    version = version + 1, recorded_at = $2, recorded_by = $1
from leaver s where post.person_id = s.person_id and post.post_id in ({_POSTS} and p.valid_from < s.on_day)
"""
_WITHDRAW = f"""
with gone as (
    delete from post where post_id in (select p.post_id {_STILL} and p.valid_from >= s.on_day) returning *
)
insert into post_version (post_id, version, person_id, unit_code, role_code, valid_from, valid_to, end_reason,
    end_destination, acting, primary_claim, manager_post_id, withdrawn, recorded_at, recorded_by)
select post_id, version + 1, person_id, unit_code, role_code, valid_from, valid_to, end_reason, end_destination,
    acting, primary_claim, manager_post_id, true, $2, $1 from gone
"""
_DETAILS = {
    "person-unknown": ("/external_id", "There is no such person, or none that you may see."),
    "identifier-superseded": (
        "/external_id",
        "The system has another number for this person now: send that one.",
    ),
    "person-deactivated": ("/on", "The person has left already, from an earlier day."),
}


class LeaverLine(msgspec.Struct, forbid_unknown_fields=True):
    """The person with this external id is no longer there from the day `on`.

    `reason` and `destination` are codes of GET /v1/leaving-codes.
    """

    external_id: str
    on: date
    reason: Reason | None = None
    destination: Destination | None = None


async def import_leavers(
    connection: Connection,
    batches: AsyncIterator[tuple[int, list[bytes]]],
    caller: Caller,
    writer: Writer,
    report: Report,
) -> Report:
    """Let people leave: posts end the day before, later ones are withdrawn. An earlier day moves a leaving."""
    source, by = writer.source, writer.by
    await begin(connection, source)
    await connection.execute(TABLE)
    await connection.execute(MAKE_LEAVERS)
    reader = Reader(LeaverLine, report, _check)
    async for first, lines in batches:
        await connection.copy_records_to_table(
            "leaver_line", records=_records(filled(first, lines, report), reader)
        )
    await connection.execute("analyze leaver_line")
    units = list(caller.units)
    everywhere = await connection.fetchval(ROOT_INSIDE, units)
    await connection.execute(_RESOLVE, source, units, clock.today(), everywhere)
    await connection.execute("analyze leaver")
    reject_all(report, await connection.fetch(_REJECTED), _DETAILS)
    if caller.decisions is not None:
        rights.note_load(caller, "person.keep", ids=[row[0] for row in await connection.fetch(_NAMED)])
    leaving = await let_leave(connection, by)
    for person_id, version in leaving:
        report.note("updated", person_id, version)
    report.updated = len(leaving)
    return report.finish()


async def let_leave(connection: Connection, by: str) -> list[tuple[UUID, int]]:
    """End the posts of those in the temporary table `leaver` and let them leave; each with the version before."""
    leaving = [(row[0], row[1]) for row in await connection.fetch(_LOCK)]
    people = [person_id for person_id, _ in leaving]
    await keep_people(connection, people)
    await connection.execute(_LEAVE, by, clock.now())
    await keep_posts(connection, [row[0] for row in await connection.fetch(_POSTS)])
    await connection.execute(_WITHDRAW, by, clock.now())
    await connection.execute(_END, by, clock.now())
    await announce_people(connection, people)
    return leaving


def _records(lines: list[tuple[int, bytes]], reader: Reader[LeaverLine]) -> list[tuple[Any, ...]]:
    read = [(number, reader.read(number, text)) for number, text in lines]
    return [
        (number, line.external_id, line.on, line.reason, line.destination)
        for number, line in read
        if line is not None
    ]


def _check(line: LeaverLine) -> None:
    """Put a line's values into the form that is stored. Raises Wrong with the field's pointer."""
    try:
        line.external_id = EXTERNAL_ID.read(line.external_id)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.detail, "/external_id") from None
    try:
        fields.check_day(line.on)
    except Wrong as wrong:
        raise Wrong("dates-wrong", wrong.detail, "/on") from None
    check_leaving(Leaving(line.reason, line.destination), service=True, pointers=("/reason", "/destination"))
