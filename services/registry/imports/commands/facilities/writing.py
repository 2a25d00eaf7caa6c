"""The changes of a facility list written down, each kind in one statement."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from services.registry.imports.commands.facilities.report import Outcome
from services.registry.publication.commands import keep_units
from services.registry.tables.states import Connection
from services.registry.units.commands.placements import take_places
from shared import clock

_INSERT = """
insert into unit (unit_code, version, name, level, type, ownership, latitude, longitude, rural, parent, path,
    open_from, closed_on, import_key, recorded_at, recorded_by)
select l.code, 1, l.name, 'facility', l.type, l.ownership, l.latitude, l.longitude, l.rural, l.parent,
    parents.path || l.code, $11, l.closed_on, l.key, $12, $13
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::boolean[],
    $8::text[], $9::text[], $10::date[])
    as l(code, name, type, ownership, latitude, longitude, rural, parent, key, closed_on)
join unit parents on parents.unit_code = l.parent
"""
# Of a unit that is not open yet the first place is that of its opening: both count from the day they are recorded.
_PLACE = """
insert into unit_placement (unit_code, valid_from, parent, applied)
select *, true from unnest($1::text[], $2::date[], $3::text[])
on conflict (unit_code, valid_from) do update set parent = excluded.parent, applied = true
"""
_DESCRIBE = """
update unit set name = l.name, type = l.type, ownership = l.ownership, latitude = l.latitude,
    longitude = l.longitude, rural = l.rural, closed_on = l.closed_on
from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::float8[], $7::boolean[],
    $8::date[]) as l(code, name, type, ownership, latitude, longitude, rural, closed_on)
where unit.unit_code = l.code
"""
_WITH_POSTS = """
select distinct unit_code from post join unnest($1::text[], $2::date[]) as l(code, day) on l.code = unit_code
where valid_to is null or valid_to >= l.day
"""
_WITH_CHILDREN = """
select distinct l.code from unnest($1::text[], $2::date[]) as l(code, day)
join unit_placement place on place.parent = l.code
join unit child on child.unit_code = place.unit_code
where (child.parent = l.code or place.valid_from > l.day)
    and (child.closed_on is null or child.closed_on > l.day) and child.unit_code <> all($1::text[])
"""


class Change(NamedTuple):
    """What a line makes of a unit; `values` are its name, type, ownership, latitude, longitude and rural."""

    outcome: Outcome
    code: str
    values: tuple[Any, ...]
    parent: str
    key: str | None
    closed_on: date | None
    moves_on: date | None  # None where the unit stays
    closes: bool  # by this list


async def unclosable(connection: Connection, changes: Sequence[Change]) -> dict[str, str]:
    """Code of a unit that the list closes -> why it cannot be: `unit-has-posts` or `unit-has-children`."""
    if not changes:
        return {}
    asked = [change.code for change in changes], [change.closed_on for change in changes]
    children = {row[0]: "unit-has-children" for row in await connection.fetch(_WITH_CHILDREN, *asked)}
    return children | {row[0]: "unit-has-posts" for row in await connection.fetch(_WITH_POSTS, *asked)}


async def write_changes(connection: Connection, by: str, opening: date, changes: Sequence[Change]) -> None:
    """Write new units, and keep the versions of those that change. New units open on the day `opening`."""
    new = [change for change in changes if change.outcome == "created"]
    if new:
        rows = [(each.code, *each.values, each.parent, each.key, each.closed_on) for each in new]
        await connection.execute(_INSERT, *_columns(rows), opening, clock.now(), by)
        await connection.execute(_PLACE, *_columns([(each.code, opening, each.parent) for each in new]))
    changed = [change for change in changes if change.outcome == "updated"]
    if changed:
        await keep_units(connection, [each.code for each in changed], by)
        rows = [(each.code, *each.values, each.closed_on) for each in changed]
        await connection.execute(_DESCRIBE, *_columns(rows))
    moved = [change for change in changed if change.moves_on is not None]
    if moved:
        rows = [(each.code, each.moves_on, each.parent) for each in moved]
        await connection.execute(_PLACE, *_columns(rows))
        await take_places(connection, [each.code for each in moved])


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
