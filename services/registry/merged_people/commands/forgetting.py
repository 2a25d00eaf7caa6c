"""Merges that were undone before one of the people is erased: what they left of the one with the others."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.field_precedence.order import FIELDS
from services.registry.tables.merged_people import person_merge
from services.registry.tables.people import person, person_version

_TAKES = timedelta(minutes=1)  # longer than a merge takes: its records are written before its own row
Known = Mapping[str, set[Any]]
Survivor = dict[str, dict[str, Any]]  # the fields of the record that survived, by `before` and `after`


async def forget_merges(session: AsyncSession, person_id: UUID) -> None:
    """Take what a person's record lent to others, while it was part of theirs, out of these; delete their merges.

    The other records' versions of that time say what those records said without it. To be called while the
    person's own record and versions are still there.
    """
    known = await _known(session, person_id)
    for row in await _further_merges(session, person_id):
        survivor = row["belongings"]["survivor"]
        lent = _lent(survivor, known)
        await _take_back(session, row, survivor, lent)
        if row["undone_at"] is not None:  # what would be given back was given back
            cleared = survivor | {
                "after": survivor["after"] | {name: survivor["before"][name] for name in lent}
            }
            mine = sa.update(person_merge).where(person_merge.c.merge_id == row["merge_id"])
            await session.execute(mine.values(belongings={"survivor": cleared}))
    own = person_merge.c
    both = sa.or_(own.survivor_id == person_id, own.merged_id == person_id)
    await session.execute(sa.delete(person_merge).where(both))


async def _known(session: AsyncSession, person_id: UUID) -> Known:
    """What the person's record says, and said, by field."""
    selects = [
        sa.select(*(table.c[name] for name in FIELDS)).where(table.c.person_id == person_id)
        for table in (person, person_version)
    ]
    rows = (await session.execute(sa.union_all(*selects))).mappings().all()
    return {name: {row[name] for row in rows} - {None} for name in FIELDS}


async def _further_merges(session: AsyncSession, person_id: UUID) -> list[sa.RowMapping]:
    """The merges into others of the person, and of those whom the person was part of then, oldest first."""
    merge = person_merge
    part = sa.select(sa.literal(person_id, sa.Uuid()).label("person_id")).cte("part", recursive=True)
    part = part.union(sa.select(merge.c.survivor_id).join(part, merge.c.merged_id == part.c.person_id))
    select = sa.select(merge).where(merge.c.merged_id.in_(sa.select(part.c.person_id)))
    return list((await session.execute(select.order_by(merge.c.merge_id))).mappings())


def _lent(survivor: Survivor, known: Known) -> list[str]:
    """The fields that a merge gave the surviving record a value in that the person's record has."""
    before, after = survivor["before"], survivor["after"]
    return [name for name in FIELDS if after[name] != before[name] and after[name] in known[name]]


async def _take_back(session: AsyncSession, row: sa.RowMapping, survivor: Survivor, lent: list[str]) -> None:
    version = person_version.c
    for name in lent:
        during = [version.person_id == row["survivor_id"], version.recorded_at >= row["merged_at"] - _TAKES]
        if row["undone_at"] is not None:
            during.append(version.recorded_at <= row["undone_at"])
        same = version[name] == survivor["after"][name]
        update = sa.update(person_version).where(*during, same)
        await session.execute(update.values({name: survivor["before"][name]}))
