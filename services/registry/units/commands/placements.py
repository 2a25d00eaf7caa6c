"""A unit's dated place in the tree: moved today, in the past or in the future, never in a cycle."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_units, keep_units
from services.registry.tables.states import Connection
from services.registry.tables.units import unit_placement
from services.registry.units.commands.units import find_unit, lock_tree
from services.registry.units.hierarchy import check_order
from shared import clock
from shared.database.engine import raw
from shared.errors import Conflict, FieldError, Invalid

# Plain SQL because loads of facilities run it too, over all units of a load, on a connection without a session.
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


async def move_unit(session: AsyncSession, code: str, parent: str, on: date, by: str) -> None:
    """From the day `on` the unit is under `parent`; earlier and later dated moves stay.

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
    await refuse_cycles(session, code, on)
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


async def refuse_cycles(session: AsyncSession, code: str, on: date) -> None:
    """Raises Conflict `unit-cycle` when the unit would be below itself on `on` or any later move's day."""
    begins = unit_placement.c.valid_from
    later = await session.scalars(sa.select(begins).where(begins > on).distinct())
    for day in [on, *later]:
        if await session.scalar(sa.select(_below_itself(code, day))):
            detail = f"From {day} the unit would stand below itself."
            raise Conflict("unit-cycle", detail, [FieldError("/parent", "unit-cycle", detail)])


def order_on(day: date) -> tuple[sa.ColumnElement[Any], ...]:
    """The order of a unit's places on a day: the latest begun first; before all of them, the first to come."""
    begins = unit_placement.c.valid_from
    return (begins > day, sa.case((begins > day, begins)), begins.desc())


def _below_itself(code: str, day: date) -> sa.Exists:
    """Whether the way up from the unit, as it is on the day, comes back to it; 64 steps at most."""
    here, nothing = sa.cast(code, sa.Text).label("unit_code"), sa.literal_column("0", sa.Integer)
    start = sa.select(here, nothing.label("depth"))
    above = start.cte("above", recursive=True)
    parent = sa.select(unit_placement.c.parent).where(unit_placement.c.unit_code == above.c.unit_code)
    place = parent.order_by(*order_on(day)).limit(1).lateral("place")
    step = sa.select(place.c.parent, above.c.depth + 1).select_from(above.join(place, sa.true()))
    going_on = sa.or_(above.c.depth == 0, above.c.unit_code != code)
    way = above.union_all(step.where(above.c.depth < 64, going_on))
    return sa.exists().where(way.c.depth > 0, way.c.unit_code == code)


async def take_places(connection: Connection, codes: Iterable[str]) -> None:
    """Let the units stand where they stand today, with the paths of all below them."""
    chosen = sorted(set(codes))
    await connection.execute(_TAKE_PLACE, chosen, clock.today())
    await connection.execute(_PATHS, chosen)


async def take_due_places(session: AsyncSession, limit: int = 200) -> int:
    """Moves whose day has come become effective and are published. Returns how many units moved."""
    await lock_tree(session)
    key = sa.tuple_(unit_placement.c.unit_code, unit_placement.c.valid_from)
    due = sa.select(unit_placement.c.unit_code, unit_placement.c.valid_from)
    due = due.where(~unit_placement.c.applied, unit_placement.c.valid_from <= clock.today())
    due = due.order_by(unit_placement.c.valid_from).limit(limit).with_for_update(skip_locked=True)
    taken = sa.update(unit_placement).where(key.in_(due)).values(applied=True)
    codes = sorted(set(await session.scalars(taken.returning(unit_placement.c.unit_code))))
    if codes:
        connection = await raw(session)
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
