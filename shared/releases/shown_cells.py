"""What releases show of each cell, in rows: documents are too large to be read for one reader."""

import asyncio
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.document import Release, read
from shared.disclosure.measures import Key
from shared.releases import tables

if TYPE_CHECKING:  # numpy would come with it at every start
    from shared.disclosure.aggregates import Forest

COMPLETE = ""  # the unit of the row that says that all of a release are there

Row = tuple[str, str, str, str, int, str | None, list[str], list[int]]


async def add(session: AsyncSession, release: Release, forest: "Forest") -> None:
    """Store what a release shows, in the transaction that stores the release."""
    from shared.releases import release_store

    rows = await asyncio.to_thread(lambda: list(shown(release, forest)))
    await release_store.copy(session, tables.cell, rows)


async def catch_up(session: AsyncSession, cubes: Collection[str]) -> None:
    """Do it for releases of an older version, which stored documents alone."""
    release, cell = tables.release.c, tables.cell.c
    there = sa.exists().where(
        cell.cube == release.cube, cell.period == release.period, cell.number == release.number
    )
    missing = sa.select(tables.release).where(release.cube.in_(cubes), ~there).limit(1)
    while (row := (await session.execute(missing)).mappings().first()) is not None:
        from shared.releases import release_store

        document = await asyncio.to_thread(read, row["document"].encode(), row["digest"])
        await add(session, document, await release_store.stored_forest(session, row["forest"]))


def shown(release: Release, forest: "Forest") -> Iterator[Row]:
    """A row for each cell of which a release shows something, and one that says that these are all."""
    found: dict[Key, dict[str, int]] = {}
    for cell in release.cells:
        if cell.people is not None:
            found.setdefault(Key(cell.unit, cell.level), {})[cell.measure] = cell.people
    of = (release.cube, release.period)
    yield (*of, COMPLETE, "", release.number, None, [], [])
    listed_above: list[Key | None] = []  # of each cell of the forest; parents stand before their children
    for key, parent in zip(forest.keys, forest.parents.tolist(), strict=True):
        above = None
        if parent >= 0:
            above = forest.keys[parent] if forest.keys[parent] in found else listed_above[parent]
        listed_above.append(above)
        if key in found:
            figures = found[key]
            yield (*of, *key, release.number, above.unit if above else None, [*figures], [*figures.values()])
