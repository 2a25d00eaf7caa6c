"""Facilities of a system as full lists name them: what is not named closes, unless something goes on in it."""

from collections.abc import Sequence

from services.registry.imports.commands.facilities.report import FacilityReport, Remark
from services.registry.imports.commands.full_lists import FullList, Listed, Scope, supersede, waits
from services.registry.imports.commands.runs import Absence
from services.registry.imports.facility_list import Called, FacilityRow
from services.registry.publication.commands import announce_units, keep_units
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock
from shared.auth.caller import Caller

# Of a unit `u`: posts in it, or units below it, that go on on a day.
_IN_USE = """
(exists (select from post where post.unit_code = u.unit_code and coalesce(post.valid_to, 'infinity') >= {day})
    or exists (select from unit_placement place join unit child on child.unit_code = place.unit_code
        where place.parent = u.unit_code and (child.parent = u.unit_code or place.valid_from > {day})
          and (child.closed_on is null or child.closed_on > {day})))
"""
_IN_USE_THEN = _IN_USE.format(day="$3::date")
# $4 makes no difference: every unit has its place.
_OPEN = """
from unit_identifier i join unit u using (unit_code)
where i.system_id = $1 and u.level = 'facility' and u.path && $2::text[]
    and (u.closed_on is null or u.closed_on > $3::date) and $4::boolean is not null
"""
_IN_FORCE = f"""
select u.unit_code as id, u.version, i.value, (
    select r.unit_code from unit r where r.unit_code = any(u.path) and r.level = 'region' limit 1) as region
{_OPEN} and not {_IN_USE_THEN}
"""
# Not named, and not closed for what goes on in them.
_STAY_OPEN = f"""
select count(*) {_OPEN} and {_IN_USE_THEN} and not exists (select from named_line n where n.value = i.value)
"""
_TREE = "select pg_advisory_xact_lock(hashtextextended('registry-tree', 0))"
# A post may have come since the units were looked at; none comes to those that are locked.
_LOCK = """
select unit_code from unit where unit_code in (select id from absent_record) order by unit_code for update
"""
_FREE = f"""
select u.unit_code from unit u where u.unit_code = any($1::text[]) and not {_IN_USE.format(day="$2::date")}
order by u.unit_code
"""
_CLOSE = """
update unit set closed_on = greatest($1::date, open_from + 1) where unit_code = any($2::text[])
"""

_CALLED = "select value from unit_identifier where system_id = $1 and unit_code = any($2::text[])"
_MET = """
select count(*) from unit_identifier
where system_id = $1 and (value = any($2::text[]) or unit_code = any($3::text[]))
"""
_IN_USE_REMARK = (
    "The list does not name them, and posts or units go on in them: they stay open. Close them yourself."
)


async def _close(connection: Connection, by: str) -> int:
    """Close them from today, and not before the day after they opened."""
    await connection.execute(_TREE)
    locked = [row[0] for row in await connection.fetch(_LOCK)]
    today = clock.today()
    free = [row[0] for row in await connection.fetch(_FREE, locked, today)]
    await keep_units(connection, free, by)
    await connection.execute(_CLOSE, today, free)
    await announce_units(connection, free)
    return len(free)


FACILITIES = Listed("facilities", "unit_code", "unit_identifier", "import_absent_unit", _IN_FORCE, _close)


async def meet(connection: Connection, writer: Writer, rows: Sequence[FacilityRow], full: FullList) -> None:
    """Count how many of the facilities that the system knows the list names."""
    values = [row.external_id for row in rows if row.external_id is not None]
    codes = [row.code for row in rows if row.code is not None]
    full.meet(await connection.fetchval(_MET, writer.source, values, codes))


async def settle(
    connection: Connection,
    caller: Caller,
    writer: Writer,
    listed: Sequence[Called | None],
    report: FacilityReport,
    full: FullList | None,
) -> Absence:
    """What becomes of facilities of the system that the lines, also those that were rejected, do not name.

    `listed` is what each of them calls its facility, None where that cannot be read. Raises Invalid
    `list-incomplete`.
    """
    lines = [each for each in listed if each is not None]
    codes = {one.unit_code for one in report.accepted} | {
        each.code for each in lines if each.code is not None
    }
    called = {row[0] for row in await connection.fetch(_CALLED, writer.source, list(codes))}
    values = sorted(called | {each.external_id for each in lines if each.external_id is not None})
    if await waits(connection, FACILITIES, writer.source):
        units = list(caller.units) if full else []
        await supersede(connection, FACILITIES, writer.source, report, values, units)
    if full is None:
        return Absence()
    await full.name(connection, values)
    scope = Scope(writer.source, list(caller.units), everywhere=False)
    absence = await full.settle(
        connection, FACILITIES, scope, writer.by, report, unreadable=len(listed) - len(lines)
    )
    in_use = await connection.fetchval(_STAY_OPEN, *scope.asked())
    if in_use:
        report.remarks.append(Remark("absent-in-use", "/external_id", _IN_USE_REMARK, in_use, 0))
    return absence
