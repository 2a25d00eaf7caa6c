"""Full lists: what of their system they do not name is deactivated, or waits for a second person to say so."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from services.registry.imports.absences import WINDOW, check_complete, most, needs_second
from services.registry.imports.commands.report import Report
from services.registry.imports.commands.runs import Absence
from services.registry.tables.states import Connection
from shared import clock

_NAMED = "create temp table if not exists named_line (value text) on commit drop"
_FIND = """
create temp table absent_record on commit drop as
select id, version, region from ({in_force}) f where not exists (select from named_line n where n.value = f.value)
"""
_BY_REGION = "select region, count(*) from absent_record group by region"
_KNOWN = "select region, count(*) from ({in_force}) f group by region"
# What lists of the system $1 and kind $2 have deactivated by themselves since $3.
_BEFORE = """
select nullif(d.region, ''), sum(d.records)::bigint from import_deactivated d join import_run r using (import_id)
where r.system_id = $1 and r.kind = $2 and r.ended_at > $3 group by 1
"""
_REMEMBER = """
insert into import_deactivated select $1, coalesce(region, ''), count(*) from absent_record group by 2
"""
_EACH = "select id, version from absent_record"
_WAIT = """
insert into {waiting} (import_id, {key}, version, region) select $1, id, version, region from absent_record
"""
_DIGEST = """
select encode(sha256(string_agg(id::text || ' ' || version, ',' order by id)::bytea), 'hex') from {records}
"""
_SUPERSEDE = """
update import_run r set absence = 'superseded'
where system_id = $1 and kind = $2 and absence = 'waiting' and import_id <> $3
    and (exists (select from unit u where u.unit_code = any(r.units) and u.path && $4::text[]
            or u.unit_code = any($4::text[]) and u.path && r.units)
        or exists (select from {waiting} a join {called} i using ({key})
            where a.import_id = r.import_id and i.system_id = $1 and i.value = any($5::text[])))
"""
_WAITING = "select exists (select from import_run where system_id = $1 and kind = $2 and absence = 'waiting')"
# Of those that wait for a decision about the import $5 the ones that are as the list found them.
_STILL = """
(select f.id, f.version from {waiting} a join ({in_force}) f on f.id = a.{key} and f.version = a.version
    where a.import_id = $5) still
"""
_DECIDED = """
create temp table absent_record on commit drop as
select {key} as id, version, region from {waiting} where import_id = $1
"""


class Scope(NamedTuple):
    """What a load is about: records of a source system, in units, which may include the root."""

    source: str
    units: list[str]
    everywhere: bool

    def asked(self) -> tuple[Any, ...]:
        """As the parameters of `Listed.in_force`."""
        return self.source, self.units, clock.today(), self.everywhere


class Listed(NamedTuple):
    """A kind of records that full lists name.

    `in_force` selects id, version, region and value, which is what the system calls it, of each record of the
    system $1 in the units $2 that goes on on the day $3; $4 is whether the units include the root. `called` has
    the values of all systems, `waiting` the records that wait for a decision, `key` is the column of their ids in
    both. `end` deactivates those in the temporary table `absent_record`, and returns how many.
    """

    kind: str
    key: str
    called: str
    waiting: str
    in_force: str
    end: Callable[[Connection, str], Awaitable[int]]

    def sql(self, statement: str, **more: str) -> str:
        """A statement about this kind."""
        return statement.format(**self._asdict(), **more)


class FullList:
    """A list that names all records of its system; `lines` are as many as its sender says that it has."""

    def __init__(self, lines: int) -> None:
        self._lines = lines
        self._named = self._met = 0

    async def name(self, connection: Connection, values: Sequence[str | None], met: int = 0) -> None:
        """Remember what lines name, also where they are rejected; the system knew `met` of them before."""
        self._met += met
        names = [(value,) for value in values if value is not None]
        self._named += len(names)
        await connection.execute(_NAMED)
        await connection.copy_records_to_table("named_line", records=names)

    def meet(self, met: int) -> None:
        """The system knew `met` more of those that are named before."""
        self._met += met

    async def settle(
        self,
        connection: Connection,
        listed: Listed,
        scope: Scope,
        by: str,
        report: Report,
        *,
        unreadable: int | None = None,
    ) -> Absence:
        """Deactivate what is not named, or let it wait, once all lines are stored.

        `unreadable` lines do not say what they are about; left out, those without a name. Raises Invalid
        `list-incomplete`.
        """
        absent = await self._find(connection, listed, scope)
        report.absent_count = sum(absent.values())
        refused = report.rejected_count + report.held
        check_complete(
            stated=self._lines,
            received=report.received,
            unreadable=report.received - self._named if unreadable is None else unreadable,
            taken=report.received - refused,
            known=report.absent_count,
            met=self._met,
        )
        if report.digest is not None:
            for row in await connection.fetch(_EACH):
                report.note("absent", *row)
        if not absent:
            return Absence("none")
        if await _needs_second(connection, listed, scope, absent, refused):
            report.note("waiting")
            await connection.execute(listed.sql(_WAIT), UUID(report.import_id))
            digest = await connection.fetchval(_DIGEST.format(records="absent_record"))
            return Absence("waiting", digest)
        await connection.execute(_REMEMBER, UUID(report.import_id))
        report.deactivated = await listed.end(connection, by)
        return Absence("deactivated")

    async def _find(self, connection: Connection, listed: Listed, scope: Scope) -> dict[str | None, int]:
        """Make `absent_record`. How many there are by region."""
        await connection.execute(_NAMED)
        await connection.execute("create index on named_line (value)")
        await connection.execute("analyze named_line")
        await connection.execute(listed.sql(_FIND), *scope.asked())
        return {row[0]: row[1] for row in await connection.fetch(_BY_REGION)}


async def _needs_second(
    connection: Connection, listed: Listed, scope: Scope, absent: dict[str | None, int], rejected: int
) -> bool:
    since = clock.now() - WINDOW
    rows = await connection.fetch(_BEFORE, scope.source, listed.kind, since)
    before = {row[0]: row[1] for row in rows}
    known: dict[str | None, int] = {}
    if any(count + before.get(region, 0) > most(0) for region, count in absent.items()):
        known = {row[0]: row[1] for row in await connection.fetch(listed.sql(_KNOWN), *scope.asked())}
    return needs_second(absent, before, known, rejected)


async def waits(connection: Connection, listed: Listed, source: str) -> bool:
    """Whether records of a system wait for somebody's decision."""
    return bool(await connection.fetchval(_WAITING, source, listed.kind))


async def supersede(
    connection: Connection,
    listed: Listed,
    source: str,
    report: Report,
    named: list[str],
    everything_in: list[str],
) -> None:
    """Sets that wait are superseded by a list that names any of them, and by the next full list of their units.

    A full list names `everything_in` its units; another list has none there.
    """
    asked = (source, listed.kind, UUID(report.import_id), everything_in, named)
    await connection.execute(listed.sql(_SUPERSEDE), *asked)


async def still_absent(connection: Connection, listed: Listed, scope: Scope, import_id: UUID) -> str | None:
    """The digest of those that wait for a decision and are as the list found them."""
    statement = _DIGEST.format(records=listed.sql(_STILL))
    digest: str | None = await connection.fetchval(statement, *scope.asked(), import_id)
    return digest


async def end_absent(connection: Connection, listed: Listed, import_id: UUID, by: str) -> None:
    """Deactivate those that wait for a decision."""
    await connection.execute(listed.sql(_DECIDED), import_id)
    await listed.end(connection, by)
