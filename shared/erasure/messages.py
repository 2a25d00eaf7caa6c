"""What a service stored of its answers and events about somebody who is erased."""

from collections.abc import Container
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.tables import outbox

AT_ONCE = 200  # events read together: one of 500 people has about 150 KB
_MENTIONS = sa.text("position(cast(:name as bytea) in payload) > 0")
_FORGET_ANSWERS = sa.text("""
delete from idempotency where exists (select from unnest(cast(:names as text[])) as named(name)
    where position(convert_to(name, 'UTF8') in body) > 0 or strpos(headers::text, name) > 0
        or strpos(coalesce(decisions::text, ''), name) > 0)
""")


async def forget(session: AsyncSession, person_id: UUID, *others: str) -> bool:
    """Delete stored answers and sent events that name a person by id, or by one of `others`.

    Of an event about many people the rest stays. Events that are still to be sent stay as they are: what they say
    counts, and readers know whom they have to rename. Returns False where there are such ones.
    """
    named = [str(person_id), *(other for other in others if other)]
    await session.execute(_FORGET_ANSWERS, {"names": named})
    return await _forget_events(session, person_id)


async def _forget_events(session: AsyncSession, person_id: UUID) -> bool:
    mentions = _MENTIONS.bindparams(name=str(person_id).encode())
    last = 0
    while True:
        select = sa.select(outbox.c.id, outbox.c.payload, outbox.c.sent_at)
        select = select.where(outbox.c.id > last, mentions).order_by(outbox.c.id).limit(AT_ONCE)
        rows = (await session.execute(select)).all()
        for row in rows:
            if row.sent_at is not None:
                await _forget_event(session, row.id, without_people(row.payload, (str(person_id),)))
        if len(rows) < AT_ONCE:
            break
        last = rows[-1].id
    waiting = sa.select(outbox.c.id).where(outbox.c.sent_at.is_(None), mentions).limit(1)
    return await session.scalar(waiting) is None


async def _forget_event(session: AsyncSession, number: int, rest: bytes | None) -> None:
    mine = outbox.c.id == number
    if rest is None:
        await session.execute(sa.delete(outbox).where(mine))
    else:
        await session.execute(sa.update(outbox).where(mine).values(payload=rest))


def without_people(payload: bytes, people: Container[str]) -> bytes | None:
    """An event about many people less some of them; None where nothing is left that is about somebody else.

    What says more than states of people, such as who was merged into whom, says nothing without one of them: None.
    Raises MsgspecError, KeyError or TypeError for what is no event.
    """
    event: Any = msgspec.json.decode(payload)
    if set(event["data"]) != {"items"}:
        return None
    rest = [item for item in event["data"]["items"] if item.get("person_id") not in people]
    if not rest:
        return None
    event["data"]["items"] = rest
    return msgspec.json.encode(event)
