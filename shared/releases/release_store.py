"""Releases in a service's database: all of a period is read, the next release is added, none is ever changed."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import raw
from shared.disclosure.aggregates import Forest, forest
from shared.disclosure.document import digest_of, read
from shared.disclosure.measures import Key
from shared.releases import tables
from shared.releases.cubes import Cube
from shared.releases.due_dates import ALL
from shared.releases.making import Made, Past, forest_digest
from shared.releases.population import ABSENT, amount_row

PIECE = 5_000  # rows that are read together: others are served in between


async def pieces(session: AsyncSession, people: sa.Select[Any]) -> AsyncIterator[Sequence[sa.Row[Any]]]:
    """The rows of a million people, some at a time."""
    found = await session.stream(people.execution_options(yield_per=PIECE))
    async for piece in found.partitions():
        yield piece


async def past(session: AsyncSession, cube: Cube, period: str) -> Past:
    """All releases of a period and who counted in them; of overlapping periods those of the others, too.

    Raises NotThisRelease where a stored document is not what its digest says.
    """
    found = await _period(session, cube, period)
    shares = sa.select(tables.share).where(_of(tables.share, cube, ALL if cube.overlapping else period))
    async for one in (await session.stream(shares.order_by(tables.share.c.share))).yield_per(PIECE):
        found.people.append(one.person_id)
        found.sources.append(one.source)
        # A figure that came to the cube later has nobody before.
        amounts = [*one.amounts, *[None] * (len(cube.measures) - len(one.amounts))]
        found.amounts.append(amount_row(amounts))
    if cube.overlapping:
        known = tables.release.c
        others = sa.select(known.period).where(known.cube == cube.name, known.period != period).distinct()
        names = (await session.scalars(others.order_by(known.period))).all()
        found.overlapping = [await _period(session, cube, name) for name in names]
    return found


async def _period(session: AsyncSession, cube: Cube, period: str) -> Past:
    """The releases of one period with their members, without the shares themselves."""
    found = Past()
    chosen = sa.select(tables.release).where(_of(tables.release, cube, period))
    for row in (await session.execute(chosen.order_by(tables.release.c.number))).mappings():
        # In a thread: a country's takes a second.
        found.releases.append(await asyncio.to_thread(read, row["document"].encode(), row["digest"]))
        found.forests.append(await stored_forest(session, row["forest"]))
    members = sa.select(tables.member).where(_of(tables.member, cube, period))
    ordered = members.order_by(tables.member.c.share, tables.member.c.first)
    async for one in (await session.stream(ordered)).yield_per(PIECE):
        found.members.append((one.share, (one.level, tuple(one.path)), one.first, one.last))
    return found


async def add(session: AsyncSession, made: Made, document: bytes) -> None:
    """Store a release with its document. The transaction has all of it or nothing."""
    release, digest = made.release, forest_digest(made.forest)
    await _add_forest(session, digest, made.forest)
    await session.execute(
        tables.release.insert().values(
            cube=release.cube, period=release.period, number=release.number, as_of=release.as_of,
            corrects=release.corrects, digest=digest_of(document), document=document.decode(),
            forest=digest,
        )
    )  # fmt: skip
    of = (release.cube, release.period)
    numbered = (release.cube, ALL if made.overlapping else release.period)
    await copy(
        session,
        tables.share,
        [
            (*numbered, number, person, source, [None if one == ABSENT else one for one in amounts.tolist()])
            for number, person, source, amounts in made.shares
        ],
    )
    await _leave(session, made)
    joined = [(*of, share, release.number, None, *place) for share, place in made.joined]
    await copy(session, tables.member, joined)


def _of(table: sa.Table, cube: Cube, period: str) -> sa.ColumnElement[bool]:
    return (table.c.cube == cube.name) & (table.c.period == period)


async def latest_tree(session: AsyncSession, cubes: Iterable[str], period: str) -> dict[str, str | None]:
    """The parent of each unit in the latest release of these cubes; nothing where there is none yet."""
    known, forest = tables.release.c, tables.forest.c
    found = sa.select(forest.units, forest.parents).join(tables.release, known.forest == forest.digest)
    found = found.where(known.cube.in_(list(cubes)), known.period == period)
    row = (await session.execute(found.order_by(known.as_of.desc(), known.number.desc()).limit(1))).first()
    if row is None:
        return {}
    above = (row.units[place] if place >= 0 else None for place in row.parents)
    return dict(zip(row.units, above, strict=True))


async def stored_forest(session: AsyncSession, digest: str) -> Forest:
    """The cells of a release by their digest."""
    row = (await session.execute(sa.select(tables.forest).where(tables.forest.c.digest == digest))).one()
    keys = [Key(unit, level) for unit, level in zip(row.units, row.levels, strict=True)]
    parents = {key: keys[above] if above >= 0 else None for key, above in zip(keys, row.parents, strict=True)}
    staffed = {key for key, could in zip(keys, row.staffed, strict=True) if could}
    return forest(parents, staffed)


async def _add_forest(session: AsyncSession, digest: str, forest: Forest) -> None:
    columns: dict[str, Any] = {
        "units": [key.unit for key in forest.keys],
        "levels": [key.level for key in forest.keys],
        "parents": forest.parents.tolist(),
        "staffed": forest.staffed.tolist(),
    }
    row = insert(tables.forest).values(digest=digest, **columns)
    await session.execute(row.on_conflict_do_nothing())


async def _leave(session: AsyncSession, made: Made) -> None:
    member = tables.member.c
    here = (member.cube == made.release.cube) & (member.period == made.release.period)
    for shares in _pieces(made.left):
        gone = here & member.last.is_(None) & member.share.in_(shares)
        await session.execute(sa.update(tables.member).where(gone).values(last=made.release.number - 1))


async def copy(session: AsyncSession, table: sa.Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """By COPY: a first release has a row for each person."""
    connection = await raw(session)
    columns = [column.name for column in table.columns]
    for piece in _pieces(rows):
        await connection.copy_records_to_table(table.name, records=piece, columns=columns)


def _pieces(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    return (rows[start : start + PIECE] for start in range(0, len(rows), PIECE))
