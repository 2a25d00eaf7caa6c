"""Posts in bulk: upsert by the caller's own external id, references resolved and checked as sets."""

from collections.abc import AsyncIterator, Callable
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec

from services.registry.imports.commands.posts import statements as sql
from services.registry.imports.commands.posts.terms import (
    end_terms,
    follow_terms,
    people_of_reports,
    settle_terms,
)
from services.registry.imports.commands.report import Reader, Report, begin, filled, read_texts, reject_all
from services.registry.posts.claimed_days import Claim, refused_claims
from services.registry.primary_post import MOST
from services.registry.publication.commands import announce_people, keep_posts, raise_people
from services.registry.record_fields import CODE, EXTERNAL_ID
from services.registry.tables.states import Connection
from shared import clock, fields
from shared.auth import rights
from shared.auth.caller import Caller
from shared.errors import Invalid
from shared.fields import Wrong


class PostLine(msgspec.Struct, forbid_unknown_fields=True):
    """One post as a line of NDJSON. Person and manager are named by external id or by Steward's own id.

    `as_of` is the day from which a post that is there already becomes what the line says.
    """

    external_id: str
    unit_code: str
    role_code: str
    valid_from: date
    valid_to: date | None = None
    person_external_id: str | None = None
    person_id: UUID | None = None
    acting: bool = False
    primary: bool = False
    manager_external_id: str | None = None
    manager_post_id: UUID | None = None
    as_of: date | None = None


ROUNDS = 50  # each refuses what hangs on the one before it; a list that is right has two or three
NONE = "UPDATE 0"
COLUMNS = (
    "line", "as_of", "external_id", "person_external_id", "person_id", "unit_code", "role_code", "valid_from",
    "valid_to", "acting", "primary_claim", "manager_external_id", "manager_post_id",
)  # fmt: skip
_TEXTS = {
    "external_id": EXTERNAL_ID, "unit_code": CODE, "role_code": CODE, "person_external_id": EXTERNAL_ID,
    "manager_external_id": EXTERNAL_ID,
}  # fmt: skip
_DETAILS = {
    "person-unknown": ("/person_external_id", "There is no such person, or none that you may see."),
    "unit-unknown": ("/unit_code", "There is no such unit."),
    "unit-out-of-scope": ("/unit_code", "The unit lies outside your units."),
    "unit-closed": ("/unit_code", "The unit is closed before the post ends."),
    "role-unknown": ("/role_code", "There is no such role."),
    "person-changed": ("/person_external_id", "The post is another person's; end it and send a new one."),
    "person-deactivated": ("/valid_to", "The person leaves before the post ends."),
    "manager-unknown": ("/manager_external_id", "There is no such post."),
    "manager-self": ("/manager_external_id", "Nobody reports to themselves."),
    "posts-too-many": ("/person_external_id", f"A person has up to {MOST} posts, past ones included."),
    "primary-overlaps": ("/primary", "Another post of the person is primary on the same days."),
}


async def import_posts(
    connection: Connection, batches: AsyncIterator[tuple[int, list[bytes]]], caller: Caller
) -> Report:
    """Load posts. A line may name a manager whose post is in the same load, before or after it.

    Raises Invalid `load-tangled` where refusals follow from one another more than `ROUNDS` times over.
    """
    report = Report()
    source = caller.subject_key
    await begin(connection, source)

    reader = Reader(PostLine, report, _check)
    await connection.execute(sql.TABLE)
    async for first, lines in batches:
        records = _records(filled(first, lines, report), reader)
        await connection.copy_records_to_table("post_line", records=records, columns=COLUMNS)
    await connection.execute("analyze post_line")
    await connection.execute(sql.READY)
    await connection.execute(sql.RESOLVE, source, list(caller.units), clock.today())
    if caller.decisions is not None:
        people = [row[0] for row in await connection.fetch(sql.NAMED_PEOPLE)]
        units = [row[0] for row in await connection.fetch(sql.NAMED_UNITS, source, list(caller.units))]
        rights.note_load(caller, "post.keep", units=units, ids=people)
    await settle_terms(connection, report)
    await connection.execute("create index on post_ready (post_id)")
    await connection.execute("create index on post_ready (external_id)")
    await _settle(connection, source, list(caller.units))
    reject_all(report, await connection.fetch(sql.REJECTED), _DETAILS)
    await _write(connection, source, report)
    return report.finish()


def _records(lines: list[tuple[int, bytes]], reader: Reader[PostLine]) -> list[tuple[Any, ...]]:
    """The readable lines as rows of the temporary table."""
    records = []
    for number, text in lines:
        line = reader.read(number, text)
        if line is None:
            continue
        records.append(
            (
                number, line.as_of, line.external_id, line.person_external_id, line.person_id, line.unit_code,
                line.role_code, line.valid_from, line.valid_to, line.acting, line.primary,
                line.manager_external_id, line.manager_post_id,
            )
        )  # fmt: skip
    return records


async def _settle(connection: Connection, source: str, units: list[str]) -> None:
    """Managers resolved, then lines refused until what is left holds together."""
    await connection.execute("analyze post_ready")
    await connection.execute(sql.MANAGERS, source)
    await connection.execute(sql.OUTSIDE, units)
    await connection.execute("create index on post_ready (manager_post_id)")
    await connection.execute("analyze post_ready")
    for _ in range(ROUNDS):
        refused = [await connection.execute(statement) for statement in (sql.WITHOUT_MANAGER, sql.BELOW_THEM)]
        refused.append(await _refuse_rivals(connection))
        if set(refused) == {NONE}:
            refused = [await connection.execute(sql.TOO_MANY, MOST)]
        if set(refused) == {NONE}:
            return
    raise Invalid(
        "load-tangled", "Lines hang on one another too often: load managers before those below them."
    )


async def _refuse_rivals(connection: Connection) -> str:
    """Refuse lines that claim days on which another post of the person is primary. The status of the update."""
    refused: list[int] = []
    for _, rows in groupby(await connection.fetch(sql.CLAIMS), key=itemgetter(0)):
        refused += refused_claims(
            Claim(line, first, last, (before, until) if before else None)
            for _, line, first, last, before, until in rows
        )
    return str(await connection.execute(sql.REFUSE, "primary-overlaps", refused))


async def _write(connection: Connection, source: str, report: Report) -> None:
    """Write the lines that differ, and publish their people."""
    await connection.execute(sql.CHANGED)
    await connection.execute("analyze post_changed")
    people = {row[0] for row in await connection.fetch(sql.PERSONS)}
    people.update(await people_of_reports(connection))
    await raise_people(connection, people)
    await end_terms(connection, source)
    await keep_posts(connection, [row[0] for row in await connection.fetch(sql.KEEP)])
    await connection.execute(sql.UPDATE, source, clock.now())
    await connection.execute(sql.INSERT, source, clock.now())
    await follow_terms(connection, source)
    report.created = await connection.fetchval(sql.CREATED)
    report.updated = await connection.fetchval(sql.UPDATED)
    await announce_people(connection, people)


def _check(line: PostLine) -> None:
    """Put a line's values into the form that is stored. Raises Wrong with the field's pointer."""
    read_texts(line, _TEXTS)
    line.valid_from = _read_day("/valid_from", fields.check_day, line.valid_from)
    line.valid_to = _read_day("/valid_to", fields.last_day, line.valid_to)
    line.as_of = _read_day("/as_of", fields.check_day, line.as_of) if line.as_of else None
    if line.valid_to is not None and line.valid_to < max(line.valid_from, line.as_of or line.valid_from):
        raise Wrong("dates-wrong", "A post ends on or after its first day.", "/valid_to")
    if (line.person_external_id is None) == (line.person_id is None):
        detail = "Name the person by external id or by id, not both."
        raise Wrong("person-missing", detail, "/person_external_id")
    if line.manager_external_id is not None and line.manager_post_id is not None:
        detail = "Name the manager by external id or by id, not both."
        raise Wrong("manager-twice", detail, "/manager_external_id")


def _read_day(pointer: str, read: Callable[[Any], Any], day: date | None) -> Any:
    try:
        return read(day)
    except Wrong as wrong:
        raise Wrong("dates-wrong", wrong.detail, pointer) from None
