"""People in bulk: upsert by the caller's own external id.

COPY into a temporary table and one merge of the lines that differ: row by row the same load took
ten times as long. Unchanged lines are found by a join and neither locked nor written.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from services.registry.commands.imports.report import Report, begin, readable, reject_all
from services.registry.commands.imports.sign_ins import SignInLine, apply_sign_ins, reject_taken
from services.registry.commands.publishing import READ_AT_ONCE, announce_people, keep_people, publish_states
from services.registry.tables.states import Connection
from shared import clock
from shared.auth.caller import Caller
from shared.events.registry import PersonState

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

COLUMNS = ("external_id", "family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre")
_OWN = COLUMNS[1:]


class PersonLine(msgspec.Struct, forbid_unknown_fields=True):
    """One person as a line of NDJSON. Fields left out are emptied; `subjects` left out stay as they are."""

    external_id: Id
    family_name: Short
    given_name: Short | None = None
    phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    email: Annotated[str, msgspec.Meta(max_length=254, pattern="@")] | None = None
    sex: Literal["female", "male", "other"] | None = None
    birth_year: Annotated[int, msgspec.Meta(ge=1900, le=2200)] | None = None
    cadre: Short | None = None
    subjects: Annotated[list[SignInLine], msgspec.Meta(max_length=10)] | None = None


_TABLE = """
create temp table person_line (line int, external_id text, family_name text, given_name text, phone text,
    email text, sex text, birth_year smallint, cadre text) on commit drop
"""
# The same rule as queries.access.keeps_people, for callers whose units do not include the root.
_OUTSIDE = """
delete from person_line l using person p
where p.source = $1 and p.external_id = l.external_id
  and exists (select from post where post.person_id = p.person_id)
  and not exists (
    select from post join unit using (unit_code)
    where post.person_id = p.person_id and unit.path && $2::text[]
      and (coalesce(valid_to, 'infinity') >= $3::date or not exists (
        select from post later where later.person_id = p.person_id
          and coalesce(later.valid_to, 'infinity') >= $3::date)))
returning l.line, 'person-out-of-scope'
"""
_ROOT_INSIDE = "select exists (select from unit where parent is null and unit_code = any($1::text[]))"
_DIFFERENT = f"""
({", ".join(f"p.{column}" for column in _OWN)}) is distinct from ({", ".join(f"l.{column}" for column in _OWN)})
"""
_DIFFERING = f"""
select p.person_id, p.external_id
from person_line l join person p on p.source = $1 and p.external_id = l.external_id
where {_DIFFERENT} order by p.person_id for update of p
"""
_UPDATE = f"""
update person p set version = p.version + 1, {", ".join(f"{column} = l.{column}" for column in _OWN)},
    recorded_at = $3, recorded_by = $1
from person_line l where p.source = $1 and p.external_id = l.external_id and p.person_id = any($2::uuid[])
"""
# Sorted, because a sort ends the look for known people before the first insert: a plan that scans the
# growing table for every line took minutes. No `on conflict`: whoever writes people of this source
# holds or shares the import's lock.
_INSERT = f"""
insert into person (version, source, {", ".join(COLUMNS)}, recorded_at, recorded_by)
select 1, $1, {", ".join(f"l.{column}" for column in COLUMNS)}, $2, $1 from person_line l
where not exists (select from person p where p.source = $1 and p.external_id = l.external_id)
order by l.line
returning person_id, sex, birth_year, cadre, external_id
"""
_DETAILS = {
    "person-out-of-scope": ("/external_id", "The person's posts lie outside your units."),
    "subject-taken": ("/subjects", "A sign-in of this line is tied to another person."),
}


@dataclass(slots=True)
class _SignIns:
    """The sign-ins that lines tie, and the external ids of the people that they tie them to."""

    key_of: Callable[[str, str], str]
    tying: set[str] = field(default_factory=set)
    rows: list[tuple[int, str, str, str, str]] = field(
        default_factory=list
    )  # line, external id, iss, sub, key

    def note(self, number: int, line: PersonLine) -> None:
        """Keep the sign-ins of one line; a line without the field leaves them as they are."""
        if line.subjects is None:
            return
        self.tying.add(line.external_id)
        self.rows.extend(
            (number, line.external_id, each.iss, each.sub, self.key_of(each.iss, each.sub))
            for each in line.subjects
        )


async def import_people(
    connection: Connection,
    lines: AsyncIterator[tuple[int, bytes]],
    caller: Caller,
    key_of: Callable[[str, str], str],
) -> Report:
    """Load people; `key_of` makes the opaque key of a sign-in from issuer and subject."""
    report, sign_ins = Report(), _SignIns(key_of)
    source = caller.subject_key
    await begin(connection, source)
    await connection.execute(_TABLE)
    records = _records(lines, report, sign_ins)
    await connection.copy_records_to_table("person_line", records=records, columns=["line", *COLUMNS])
    if not await connection.fetchval(_ROOT_INSIDE, list(caller.units)):
        outside = await connection.fetch(_OUTSIDE, source, list(caller.units), clock.today())
        reject_all(report, outside, _DETAILS)
    tying = sign_ins.tying
    if tying:
        reject_all(report, await reject_taken(connection, source, sign_ins.rows), _DETAILS)
    await connection.execute("analyze person_line")
    changed = await _merge(connection, source, report, tying)
    if tying:
        tied = await apply_sign_ins(connection, source, tying, changed)
        report.updated += len(tied)
        await announce_people(connection, {*tied, *changed})
    return report.finish()


async def _records(
    lines: AsyncIterator[tuple[int, bytes]], report: Report, sign_ins: _SignIns
) -> AsyncIterator[tuple[Any, ...]]:
    """The readable lines as rows of the temporary table."""
    year = clock.today().year
    async for number, line in readable(lines, PersonLine, report):
        if line.birth_year is not None and line.birth_year > year:
            report.reject(number, "birth-year-wrong", "/birth_year", "A year up to this one is expected.")
            continue
        sign_ins.note(number, line)
        yield (
            number, line.external_id, line.family_name, line.given_name, line.phone, line.email, line.sex,
            line.birth_year, line.cadre,
        )  # fmt: skip


async def _merge(connection: Connection, source: str, report: Report, tying: set[str]) -> set[UUID]:
    """Write what differs and publish it. Returns the people still to be published with their sign-ins."""
    differing = await connection.fetch(_DIFFERING, source)
    updated = [row[0] for row in differing]
    await keep_people(connection, updated)
    await connection.execute(_UPDATE, source, updated, clock.now())
    report.updated = len(updated)
    waiting = {person_id for person_id, external_id in differing if external_id in tying}
    await announce_people(connection, [person_id for person_id in updated if person_id not in waiting])
    cursor = await connection.cursor(_INSERT, source, clock.now())
    while rows := await cursor.fetch(READ_AT_ONCE):
        report.created += len(rows)
        states = []
        for person_id, sex, birth_year, cadre, external_id in rows:
            if external_id in tying:
                waiting.add(person_id)
                continue
            state = PersonState(
                person_id=str(person_id), version=1, active=True, sex=sex, birth_year=birth_year, cadre=cadre
            )
            states.append(state)
        await publish_states(connection, states)
    return waiting
