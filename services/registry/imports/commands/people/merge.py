"""Lines of people that need a closer look, in one merge.

Unchanged lines are found by a join. Where only the wording differs from the line taken before, the
new wording is remembered and nothing else is written.
"""

from uuid import UUID

from services.registry.imports.commands.people import statements as sql
from services.registry.imports.commands.people.sign_ins import SignIns, apply_sign_ins, reject_taken
from services.registry.imports.commands.report import Report, reject_all
from services.registry.publication.commands import announce_people, keep_people
from services.registry.tables.states import Connection
from shared import clock

_DETAILS = {
    "person-out-of-scope": ("/external_id", "The person's posts lie outside your units."),
    "own-sign-in": ("/subjects", "Nobody unties their own sign-in."),
    "subject-taken": ("/subjects", "A sign-in of this line is tied to another person."),
}


async def merge_people(
    connection: Connection, source: str, scope: list[str] | None, report: Report, sign_ins: SignIns
) -> None:
    """Merge the temporary table into `person`; `scope` has the caller's units unless it has the root."""
    if scope is not None:
        reject_all(report, await connection.fetch(sql.OUTSIDE, source, scope, clock.today()), _DETAILS)
    tying = sign_ins.tying
    if tying:
        reject_all(report, await reject_taken(connection, source, scope, sign_ins), _DETAILS)
    await connection.execute("analyze person_line")
    waiting = await _change(connection, source, report, tying)
    if tying:
        added = await connection.fetch(sql.INSERT, source, clock.now())
        report.created += len(added)
        waiting.update(row[0] for row in added)
        tied = await apply_sign_ins(connection, source, tying, waiting)
        report.updated += len(tied)
        await announce_people(connection, {*tied, *waiting})


async def _change(connection: Connection, source: str, report: Report, tying: set[str]) -> set[UUID]:
    """Write what differs and publish it. Returns the people still to be published with their sign-ins."""
    others = await connection.fetch(sql.OTHERS, source)
    updated = [person_id for person_id, _, differs in others if differs]
    await keep_people(connection, updated)
    await connection.execute(sql.UPDATE, source, updated, clock.now())
    await connection.execute(sql.REMEMBER, source, [row[0] for row in others if not row[2]])
    report.updated = len(updated)
    waiting = {person_id for person_id, external_id, differs in others if differs and external_id in tying}
    await announce_people(connection, [person_id for person_id in updated if person_id not in waiting])
    return waiting
