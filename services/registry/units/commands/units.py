"""Org units: created and described. Their place in the tree is in `tree`."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_units, keep_units
from services.registry.tables.units import unit, unit_placement
from services.registry.units.hierarchy import check_code, check_order
from shared import clock
from shared.database.engine import lock, raw
from shared.errors import Conflict, FieldError, Invalid, NotFound

TREE = "registry-tree"  # the lock of every change of the tree


async def lock_tree(session: AsyncSession) -> None:
    """One change of the tree at a time, so that two moves together cannot make a cycle."""
    await lock(session, TREE)


async def find_unit(session: AsyncSession, code: str, pointer: str | None = None) -> sa.RowMapping:
    """The unit's row, locked. Raises NotFound `unit-unknown`, or Invalid at `pointer` when one is given."""
    found = await session.execute(sa.select(unit).where(unit.c.unit_code == code).with_for_update())
    row = found.mappings().one_or_none()
    if row is not None:
        return row
    if pointer is None:
        raise NotFound("unit-unknown", "There is no such unit.")
    error = FieldError(pointer, "unit-unknown", "There is no such unit.")
    raise Invalid("unit-unknown", "A unit that the request names does not exist.", [error])


async def create_unit(session: AsyncSession, values: Mapping[str, Any], by: str) -> str:
    """A new unit from the columns of `unit` (parent None: the root). Returns its code.

    Raises Conflict `unit-exists`, `root-exists`, `parent-closed` or `level-order`.
    """
    code = check_code(values["unit_code"], "/unit_code")
    opens = values.get("open_from") or clock.today()
    await lock_tree(session)
    if await session.scalar(sa.select(unit.c.unit_code).where(unit.c.unit_code == code)):
        raise Conflict("unit-exists", "There is a unit with this code already.")
    path = [code]
    if values["parent"] is None:
        if await session.scalar(sa.select(unit.c.unit_code).where(unit.c.parent.is_(None))):
            raise Conflict(
                "root-exists", "There is a root already; a tree has one.", [_parent("root-exists")]
            )
    else:
        above = await find_unit(session, values["parent"], "/parent")
        if above["closed_on"] is not None and above["closed_on"] <= max(opens, clock.today()):
            raise Conflict("parent-closed", "The parent is closed.", [_parent("parent-closed")])
        check_order(values["level"], above["level"], "/level")
        path = [*above["path"], code]
    row = {**values, "open_from": opens, "version": 1, "path": path}
    await session.execute(sa.insert(unit).values(**row, recorded_at=clock.now(), recorded_by=by))
    if values["parent"] is not None:
        placement = {"unit_code": code, "valid_from": opens, "parent": values["parent"], "applied": True}
        await session.execute(sa.insert(unit_placement).values(**placement))
    await announce_units(await raw(session), [code])
    return code


async def describe_unit(session: AsyncSession, code: str, values: Mapping[str, Any], by: str) -> None:
    """Change what describes a unit: name, type, ownership, position, rural. Nothing new, no version."""
    row = await find_unit(session, code)
    changed = {column: value for column, value in values.items() if row[column] != value}
    if not changed:
        return
    after = {**row, **changed}
    if (after["latitude"] is None) != (after["longitude"] is None):
        error = FieldError("/latitude", "position-half", "Latitude and longitude come together.")
        raise Invalid("position-half", "Half a position is none.", [error])
    connection = await raw(session)
    await keep_units(connection, [code], by)
    await session.execute(sa.update(unit).where(unit.c.unit_code == code).values(**changed))
    await announce_units(connection, [code])


def _parent(code: str) -> FieldError:
    return FieldError("/parent", code, "Choose another parent.")
