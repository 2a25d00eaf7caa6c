"""Units that end: closed, split into new ones, or merged into another one, with their children and posts."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.posts.commands.transfers import posts_open_at, transfer_posts
from services.registry.publication.commands import announce_units, keep_units
from services.registry.tables.units import unit, unit_placement
from services.registry.units.commands.placements import (
    order_on,
    place,
    refuse_cycles,
    refuse_root,
    take_places,
)
from services.registry.units.commands.units import create_unit, find_unit, lock_tree
from services.registry.units.hierarchy import check_order
from shared.database.engine import raw
from shared.errors import Conflict, FieldError, Invalid


async def close_unit(
    session: AsyncSession,
    code: str,
    on: date,
    successors: Sequence[str],
    by: str,
    *,
    children: Mapping[str, str] | None = None,
    posts: Mapping[str, str] | None = None,
) -> None:
    """The unit is no longer open from the day `on`; its children and posts go on at its successors.

    `children` and `posts` say which successor takes which (code or post id -> successor code); the
    first successor takes the rest. Raises Conflict `unit-has-children` or `unit-has-posts` when
    something is left and no successor named, and `root-closing`, `unit-closed`, `successor-closed`.
    """
    await lock_tree(session)
    row = await find_unit(session, code)
    refuse_root(row)
    if row["closed_on"] is not None:
        raise Conflict("unit-closed", f"The unit is closed from {row['closed_on']} already.")
    if on <= row["open_from"]:
        error = FieldError("/on", "before-opening", f"The unit opens on {row['open_from']}.")
        raise Invalid("before-opening", "A unit closes after it opened.", [error])
    levels = await _successors(session, code, on, successors)
    connection = await raw(session)
    await keep_units(connection, [code], by)
    closing = {"closed_on": on, "successors": list(successors)}
    await session.execute(sa.update(unit).where(unit.c.unit_code == code).values(**closing))
    moved = await _hand_over_children(session, code, on, levels, children or {}, by)
    await _hand_over_posts(session, code, on, successors, posts or {}, by)
    await announce_units(connection, [code, *moved])


async def split_unit(
    session: AsyncSession,
    code: str,
    on: date,
    into: Sequence[Mapping[str, Any]],
    by: str,
    *,
    children: Mapping[str, str],
    posts: Mapping[str, str],
) -> list[str]:
    """New units (columns of `unit`) take the place of one from the day `on`. Returns their codes."""
    row = await find_unit(session, code)
    refuse_root(row)
    successors = []
    for values in into:
        like = {"level": row["level"], "parent": row["parent"], "open_from": on}
        successors.append(await create_unit(session, {**values, **like}, by))
    await close_unit(session, code, on, successors, by, children=children, posts=posts)
    return successors


async def merge_units(session: AsyncSession, codes: Sequence[str], into: str, on: date, by: str) -> None:
    """Several units become part of `into` from the day `on`, with their children and posts."""
    if into in codes:
        error = FieldError("/units", "merged-into-itself", "`into` goes on; leave it out of `units`.")
        raise Invalid("merged-into-itself", "A unit cannot merge into itself.", [error])
    for code in codes:
        await close_unit(session, code, on, [into], by)


async def _successors(
    session: AsyncSession, code: str, on: date, successors: Sequence[str]
) -> dict[str, str]:
    """Successor -> level, all open on the day. Raises Invalid or Conflict `successor-closed`."""
    levels = {}
    for place_, successor in enumerate(successors):
        pointer = f"/successors/{place_}"
        if successor == code:
            error = FieldError(pointer, "successor-itself", "A unit does not succeed itself.")
            raise Invalid("successor-itself", "Name other units as successors.", [error])
        row = await find_unit(session, successor, pointer)
        if row["closed_on"] is not None and row["closed_on"] <= on:
            error = FieldError(pointer, "successor-closed", f"It is closed from {row['closed_on']}.")
            raise Conflict("successor-closed", "A successor is closed by then.", [error])
        levels[successor] = row["level"]
    return levels


async def _hand_over_children(
    session: AsyncSession, code: str, on: date, levels: Mapping[str, str], chosen: Mapping[str, str], by: str
) -> list[str]:
    rows = (await session.execute(_children(code, on))).mappings().all()
    _check_choice("/children", chosen, {row["unit_code"] for row in rows}, levels)
    if rows and not levels:
        codes = [row["unit_code"] for row in rows]
        errors = [
            FieldError("/successors", "open-child", f"{child} is open on that day.") for child in codes[:20]
        ]
        raise Conflict("unit-has-children", "Units below it are still open; name successors.", errors)
    connection = await raw(session)
    codes = [row["unit_code"] for row in rows]
    await keep_units(connection, codes, by)
    for row in rows:
        child = row["unit_code"]
        target = chosen.get(child) or next(name for name in levels if name != child)
        check_order(row["level"], levels[target], "/successors")
        later = sa.update(unit_placement).where(
            unit_placement.c.unit_code == child,
            unit_placement.c.parent == code,
            unit_placement.c.valid_from > on,
        )
        await session.execute(later.values(parent=target))
        if row["already"]:
            await place(session, child, target, on)
        await refuse_cycles(session, child, on)
    await take_places(connection, codes)
    return codes


def _children(code: str, on: date) -> sa.Select[Any]:
    """Units open on the day that are below this one then (`already`), or that a later dated move would bring."""
    of_unit = unit_placement.c.unit_code == unit.c.unit_code
    then = sa.select(unit_placement.c.parent).where(of_unit).order_by(*order_on(on)).limit(1).lateral("place")
    coming = sa.exists().where(of_unit, unit_placement.c.parent == code, unit_placement.c.valid_from > on)
    still_open = sa.or_(unit.c.closed_on.is_(None), unit.c.closed_on > on)
    found = sa.select(unit.c.unit_code, unit.c.level, (then.c.parent == code).label("already"))
    found = found.select_from(unit.join(then, sa.true())).where(
        still_open, sa.or_(then.c.parent == code, coming)
    )
    return found.order_by(unit.c.unit_code)


async def _hand_over_posts(
    session: AsyncSession, code: str, on: date, successors: Sequence[str], chosen: Mapping[str, str], by: str
) -> None:
    posts = await posts_open_at(session, code, on)
    _check_choice("/posts", chosen, {str(row["post_id"]) for row in posts}, successors)
    if posts and not successors:
        detail = f"{len(posts)} posts go on at that day."
        error = FieldError("/successors", "open-posts", detail)
        raise Conflict("unit-has-posts", "People still hold posts in it; name successors.", [error])
    if posts:
        targets = {row["post_id"]: chosen.get(str(row["post_id"]), successors[0]) for row in posts}
        await transfer_posts(session, posts, targets, on, by)


def _check_choice(pointer: str, chosen: Mapping[str, str], known: set[str], successors: Any) -> None:
    errors = [
        FieldError(f"{pointer}/{key}", "choice-unknown", "Not one that goes on, or not to a successor.")
        for key, target in chosen.items()
        if key not in known or target not in successors
    ]
    if errors:
        raise Invalid("choice-unknown", "Some children or posts are not handed over by this.", errors)
