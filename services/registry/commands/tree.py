"""A unit's dated place in the tree: moved today, in the past or in the future, never in a cycle."""

from collections.abc import Iterable
from datetime import date

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.commands.publishing import announce_units, keep_units
from services.registry.commands.units import find_unit, lock_tree
from services.registry.tables.states import Connection
from services.registry.tables.units import unit_placement
from services.registry.tree import check_order
from shared import clock
from shared.database import raw
from shared.errors import Conflict, FieldError, Invalid

# The place of each unit on the day: the latest dated one, before the first one the first.
_TAKE_PLACE = """
update unit set parent = place.parent from (
    select distinct on (unit_code) unit_code, parent from unit_placement
    where unit_code = any($1::text[])
    order by unit_code, valid_from > $2, case when valid_from > $2 then valid_from end, valid_from desc
) place where unit.unit_code = place.unit_code and unit.parent is distinct from place.parent
"""
_PATHS = """
with recursive below as (
    select u.unit_code, p.path || u.unit_code as path, 1 as depth
    from unit u join unit p on p.unit_code = u.parent where u.unit_code = any($1::text[])
    union all
    select u.unit_code, b.path || u.unit_code, b.depth + 1 from unit u join below b on u.parent = b.unit_code
), deepest as (
    select distinct on (unit_code) unit_code, path from below order by unit_code, depth desc
)
update unit set path = deepest.path from deepest
where unit.unit_code = deepest.unit_code and unit.path is distinct from deepest.path
"""
_CIRCLES = """
with recursive above as (
    select $1::text as unit_code, 0 as depth
    union all
    select place.parent, above.depth + 1 from above cross join lateral (
        select parent from unit_placement p where p.unit_code = above.unit_code
        order by valid_from > $2, case when valid_from > $2 then valid_from end, valid_from desc limit 1
    ) place where above.depth < 64 and (above.depth = 0 or above.unit_code <> $1)
)
select exists (select from above where depth > 0 and unit_code = $1)
"""
_DAYS = "select distinct valid_from from unit_placement where valid_from > $1"
_DUE = """
update unit_placement set applied = true where (unit_code, valid_from) in (
    select unit_code, valid_from from unit_placement where not applied and valid_from <= $1
    order by valid_from limit $2 for update skip locked)
returning unit_code
"""


async def move_unit(session: AsyncSession, code: str, parent: str, on: date, by: str) -> None:
    """From the day `on` the unit stands under `parent`; earlier and later dated moves stay.

    Raises Conflict `root-moving`, `unit-closed`, `parent-closed`, `unit-cycle` or `level-order`,
    Invalid `before-opening` or `unit-unknown`.
    """
    await lock_tree(session)
    row = await find_unit(session, code)
    if row["parent"] is None:
        raise Conflict("root-moving", "The root has no place to move to.")
    if on < row["open_from"]:
        error = FieldError("/on", "before-opening", f"The unit opens on {row['open_from']}.")
        raise Invalid("before-opening", "A unit cannot move before it opens.", [error])
    if row["closed_on"] is not None and row["closed_on"] <= on:
        raise Conflict("unit-closed", f"The unit is closed from {row['closed_on']}.")
    above = await find_unit(session, parent, "/parent")
    if above["closed_on"] is not None and above["closed_on"] <= on:
        raise Conflict("parent-closed", "The parent is closed by then.", [_at_parent("parent-closed")])
    connection = await raw(session)
    await keep_units(connection, [code], by)
    await place(session, code, parent, on)
    await refuse_cycles(connection, code, on)
    check_order(row["level"], above["level"], "/parent")
    await take_places(connection, [code])
    await announce_units(connection, [code])


async def place(session: AsyncSession, code: str, parent: str, on: date) -> None:
    """Write the dated place down; one of the same day is replaced."""
    applied = on <= clock.today()
    values = {"unit_code": code, "valid_from": on, "parent": parent, "applied": applied}
    statement = insert(unit_placement).values(**values)
    keys = [unit_placement.c.unit_code, unit_placement.c.valid_from]
    changes = {"parent": parent, "applied": applied}
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))


async def refuse_cycles(connection: Connection, code: str, on: date) -> None:
    """Raises Conflict `unit-cycle` when the unit stands below itself on `on` or any later move's day."""
    days = [on, *(row[0] for row in await connection.fetch(_DAYS, on))]
    for day in days:
        if await connection.fetchval(_CIRCLES, code, day):
            detail = f"From {day} the unit would stand below itself."
            raise Conflict("unit-cycle", detail, [FieldError("/parent", "unit-cycle", detail)])


async def take_places(connection: Connection, codes: Iterable[str]) -> None:
    """Let the units stand where they stand today, with the paths of all below them."""
    chosen = sorted(set(codes))
    await connection.execute(_TAKE_PLACE, chosen, clock.today())
    await connection.execute(_PATHS, chosen)


async def take_due_places(session: AsyncSession, limit: int = 200) -> int:
    """Moves whose day has come become effective and are published. Returns how many units moved."""
    await lock_tree(session)
    connection = await raw(session)
    codes = sorted({row[0] for row in await connection.fetch(_DUE, clock.today(), limit)})
    if codes:
        await keep_units(connection, codes, "timer")
        await take_places(connection, codes)
        await announce_units(connection, codes)
    return len(codes)


def _at_parent(code: str) -> FieldError:
    return FieldError("/parent", code, "Choose another parent.")


def refuse_root(row: sa.RowMapping) -> None:
    """Raises Conflict `root-closing` for the root, which cannot be closed, split or merged."""
    if row["parent"] is None:
        raise Conflict("root-closing", "The root cannot be closed, split or merged.")
