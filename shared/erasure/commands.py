"""Erasing a person from one service's database, and once more a little later.

The first time is when the event says so. What was under way just then, such as a request about the person that
commits a moment after, is found the second time.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.audit import erasure as audit
from shared.database.engine import lock
from shared.erasure import messages
from shared.erasure.pseudonyms import pseudonym
from shared.erasure.tables import erased_person
from shared.events.registry import PersonErased

AGAIN = timedelta(minutes=15)  # longer than any request, batch or load takes
AT_ONCE = 20  # people of one round
Also = Callable[[AsyncSession, UUID], Awaitable[None]]
# Each of these is handled where its rule is, such as entries of the audit, which are sealed.
_OWN = frozenset({"erased_person", "subject", "person", "audit_people"})


class Erasing(NamedTuple):
    """What a service that reads `person-erased` does about it."""

    erase: Callable[[AsyncSession, Sequence[UUID]], Awaitable[None]]  # safe to repeat
    repeat: Callable[[AsyncSession, PersonErased, Set[UUID]], Awaitable[None]]  # who is back from a backup
    sweep: Callable[[AsyncSession], Awaitable[int]]  # once more; returns how many are done with


def of_service(metadata: sa.MetaData, forget_drafts: Also | None = None) -> Erasing:
    """Erasure in a service with these tables, all of which have to be on `metadata` when it is used.

    `forget_drafts` is given a pseudonym: it deletes what was begun under it and counts nowhere.
    """

    async def erase_all(session: AsyncSession, ids: Sequence[UUID]) -> None:
        await erase(session, metadata, ids, forget_drafts)

    async def repeat(session: AsyncSession, event: PersonErased, _: Set[UUID]) -> None:
        await erase_all(session, [UUID(event.person_id)])

    async def sweep_due(session: AsyncSession) -> int:
        return await sweep(session, metadata, forget_drafts=forget_drafts)

    return Erasing(erase_all, repeat, sweep_due)


async def erase(
    session: AsyncSession, metadata: sa.MetaData, ids: Sequence[UUID], forget_drafts: Also | None = None
) -> None:
    """Let rows about people go on under their pseudonyms; nothing happens where they do already.

    `metadata` is the service's: a column `person_id` says whom a row is about, in whichever table.
    """
    for person_id in sorted(set(ids)):
        await lock(session, f"erasure {person_id}")
        row = {"person_id": person_id, "erased_at": clock.now()}
        await session.execute(insert(erased_person).values(row).on_conflict_do_nothing())
        await _let_go(session, metadata, person_id, forget_drafts)
        await messages.forget(session, person_id)


async def sweep(
    session: AsyncSession,
    metadata: sa.MetaData,
    also: Also | None = None,
    forget_drafts: Also | None = None,
) -> int:
    """Erase those once more whose erasure is a while ago, by `also` too. Returns how many are done with."""
    table = erased_person.c
    due = sa.select(table.person_id).where(table.swept_at.is_(None), table.erased_at < clock.now() - AGAIN)
    ids = (await session.scalars(due.order_by(table.erased_at).limit(AT_ONCE))).all()
    if not ids:
        return 0
    done = []
    for each in ids:
        person_id = UUID(str(each))
        if also is not None:
            await also(session, person_id)
        await _let_go(session, metadata, person_id, forget_drafts)
        if await messages.forget(session, person_id):
            done.append(person_id)
    statement = sa.update(erased_person).where(table.person_id.in_(done))
    await session.execute(statement.values(swept_at=clock.now()))
    return len(done)


def about_people(metadata: sa.MetaData) -> Iterable[sa.Table]:
    """The tables whose rows are each about one person, but for those that are handled one by one."""
    return [
        table
        for name, table in sorted(metadata.tables.items())
        if "person_id" in table.c and name not in _OWN
    ]


async def _let_go(
    session: AsyncSession, metadata: sa.MetaData, person_id: UUID, forget_drafts: Also | None
) -> None:
    await _rename(session, metadata, person_id)
    if forget_drafts is not None:
        await forget_drafts(session, pseudonym(person_id))
    await audit.erase(session, person_id)


async def _rename(session: AsyncSession, metadata: sa.MetaData, person_id: UUID) -> None:
    other = pseudonym(person_id)
    for table in about_people(metadata):
        mine = table.c.person_id == person_id
        await session.execute(sa.update(table).where(mine & ~_there(table, other)).values(person_id=other))
        if "person_id" in table.primary_key.columns:  # what late news counted a second time
            await session.execute(sa.delete(table).where(mine))
    person, subject = metadata.tables["person"], metadata.tables["subject"]
    await session.execute(sa.delete(subject).where(subject.c.person_id == person_id))
    if "active" not in person.c:  # registry's own record, which its own command erases
        return
    # News that somebody was merged or parted may be on its way: rows go where they lead, under the pseudonym.
    alias = metadata.tables["person_alias"]
    part = alias.c.merged_into == person_id
    await session.execute(sa.update(alias).where(part).values(merged_into=other))
    nameless = {"person_id": other, "erased": True, "active": False, "birth_year": None, "cadre": None}
    mine = person.c.person_id == person_id
    await session.execute(sa.update(person).where(mine & ~_there(person, other)).values(**nameless))
    await session.execute(sa.delete(person).where(mine))


def _there(table: sa.Table, other: UUID) -> sa.ColumnElement[bool]:
    """Whether the same row is there under the other id."""
    if "person_id" not in table.primary_key.columns:
        return sa.false()
    twin = table.alias("twin")
    same = [twin.c[key.name] == key for key in table.primary_key.columns if key.name != "person_id"]
    return sa.exists().where(twin.c.person_id == other, *same)
