"""Those whom a full list of people does not name: deactivated, or waiting for a second person to say so."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.registry.imports.absences import check_complete, most, needs_second
from services.registry.imports.commands.people.leavers import MAKE_LEAVERS, let_leave
from services.registry.imports.commands.people.lines import Marked
from services.registry.imports.commands.people.scope import IS_OUTSIDE
from services.registry.imports.commands.report import Report
from services.registry.imports.commands.runs import Absence
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock

_NAMED = "create temp table if not exists named_line (external_id text) on commit drop"
# Who counts: active people of the system ($1) within the caller's units ($2) on the day $3; without posts only
# where these include the root ($4), since another region's client of the system may have sent them.
_COUNTED = f"""
from identified_person i join person p using (person_id)
where i.system_id = $1 and p.deactivated_on is null and p.merged_into is null
    and ($4::boolean or exists (select from post where post.person_id = p.person_id) and not ({IS_OUTSIDE}))
"""
_REGION = """
(select r.unit_code from post join unit u using (unit_code) join unit r on r.unit_code = any(u.path)
    where post.person_id = p.person_id and r.level = 'region'
    order by coalesce(post.valid_to, 'infinity') >= $3::date desc, post.valid_from desc limit 1)
"""
_ABSENT = "create temp table absent_person (person_id uuid, version bigint, region text) on commit drop"
_FIND = f"""
insert into absent_person select p.person_id, p.version, {_REGION} {_COUNTED}
    and not exists (select from named_line n where n.external_id = i.value)
"""
_BY_REGION = "select region, count(*) from absent_person group by region"
_KNOWN = f"select {_REGION} as region, count(*) {_COUNTED} group by 1"
_EACH = "select person_id, version from absent_person"
_LEAVERS = """
insert into leaver select 0, $1, null, null, person_id, null, null from absent_person
"""
_WAIT = "insert into import_absent select $1, person_id, version, region from absent_person"
DIGEST = """
select encode(sha256(string_agg(person_id::text || ' ' || version, ',' order by person_id)::bytea), 'hex') from {0}
"""
_SUPERSEDE = """
update import_run r set absence = 'superseded' where system_id = $1 and absence = 'waiting' and import_id <> $2
    and ($3::boolean or exists (select from import_absent a join identified_person i using (person_id)
        where a.import_id = r.import_id and i.system_id = $1 and i.value = any($4::text[])))
"""
_WAITING = "select exists (select from import_run where system_id = $1 and absence = 'waiting')"


class Scope(NamedTuple):
    """Whose people a load is about: those of a source system, in units, which may include the root."""

    source: str
    units: list[str]
    everywhere: bool


class FullList:
    """A list that names everybody of its system; `lines` are as many as its sender says that it has."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._named = self._met = 0

    async def name(self, connection: Connection, marked: Sequence[Marked], met: int) -> None:
        """Remember whom lines name, also where they are rejected; the system knew `met` of them before."""
        self._met += met
        names = [(external_id,) for *_, external_id in marked if external_id is not None]
        self._named += len(names)
        await connection.execute(_NAMED)
        await connection.copy_records_to_table("named_line", records=names)

    async def settle(self, connection: Connection, scope: Scope, writer: Writer, report: Report) -> Absence:
        """Deactivate those who are not named, or let them wait, once all lines are stored.

        Raises Invalid `list-incomplete`.
        """
        await connection.execute(_NAMED)
        await connection.execute("create index on named_line (external_id)")
        await connection.execute("analyze named_line")
        asked = (scope.source, scope.units, clock.today(), scope.everywhere)
        await connection.execute(_ABSENT)
        await connection.execute(_FIND, *asked)
        absent = {row[0]: row[1] for row in await connection.fetch(_BY_REGION)}
        report.absent_count = sum(absent.values())
        check_complete(
            stated=self._lines,
            received=report.received,
            unreadable=report.received - self._named,
            taken=report.received - report.rejected_count,
            known=report.absent_count,
            met=self._met,
        )
        if report.digest is not None:
            for row in await connection.fetch(_EACH):
                report.note("absent", *row)
        if not absent:
            return Absence("none")
        many = any(count > most(0) for count in absent.values())
        known = {row[0]: row[1] for row in await connection.fetch(_KNOWN, *asked)} if many else {}
        if needs_second(absent, known, report.rejected_count):
            return await _wait(connection, UUID(report.import_id))
        await connection.execute(MAKE_LEAVERS)
        await connection.execute(_LEAVERS, clock.today())
        report.deactivated = len(await let_leave(connection, writer.by))
        return Absence("deactivated")


async def waits(connection: Connection, source: str) -> bool:
    """Whether people of a system wait for somebody's decision."""
    return bool(await connection.fetchval(_WAITING, source))


async def supersede(connection: Connection, scope: Scope, report: Report, named: list[str] | None) -> None:
    """Sets that wait are superseded by the next full list (`named` null), or a list that names any of them."""
    asked = (scope.source, UUID(report.import_id), named is None, named or [])
    await connection.execute(_SUPERSEDE, *asked)


async def _wait(connection: Connection, import_id: UUID) -> Absence:
    await connection.execute(_WAIT, import_id)
    return Absence("waiting", await connection.fetchval(DIGEST.format("absent_person")))
