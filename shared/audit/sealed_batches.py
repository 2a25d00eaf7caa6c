"""Entries get their place in a seal, some at a time; the seal goes on from the one before.

One replica seals at a time. What is in no seal yet is in the next: a long transaction's entry comes later, in the
seal after its end. Acts of raters become entries once their day is over, in the order of what stands for the
raters, which is the order of nothing else.
"""

import logging
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.audit.chain import FIRST, entry_hash, rows_hash, seal_hash, signature
from shared.audit.forms import entry_form, seal_form
from shared.audit.tables import audit_entry, audit_rater_act, audit_seal
from shared.database.engine import lock
from shared.settings import Settings
from shared.timers import Timer

log = logging.getLogger("steward.audit")
BATCH = 2000  # entries of a seal; reading, hashing and placing them takes about 50 ms
EVERY = 10.0
_DAY_OVER = text("""
with over as (delete from audit_rater_act where (day, rater, operation) in (
    select day, rater, operation from audit_rater_act where day < :today order by rater, operation limit :batch)
    returning day, rater, operation)
insert into audit_entry (day, client, roles, operation, people, commitment)
select day, false, '', operation, 0, rater from over order by day, rater, operation
""")
_PLACE = text("""
update audit_entry set seal = :number, position = placed.position
from unnest(:ids) with ordinality as placed(entry_id, position)
where audit_entry.entry_id = placed.entry_id
""").bindparams(sa.bindparam("ids", type_=ARRAY(UUID)))


def sealing(settings: Settings) -> Timer:
    """The timer that seals the audit of a service. Reads wake nobody: within `EVERY` seconds they are found."""

    async def task(session: AsyncSession) -> int:
        return await seal(session, settings.service, settings.subject_pepper)

    return Timer(f"{settings.service}-audit", EVERY, task, EVERY)


async def seal(session: AsyncSession, service: str, pepper: str) -> int:
    """Seal the next entries. Returns how many; 0 when all that are committed are sealed."""
    if not await _anything(session):
        return 0
    await lock(session, "audit-seal")
    await session.execute(_DAY_OVER, {"today": clock.today(), "batch": BATCH})
    waiting = sa.select(audit_entry).where(audit_entry.c.seal.is_(None)).order_by(audit_entry.c.entry_id)
    rows = (await session.execute(waiting.limit(BATCH))).mappings().all()
    if not rows:
        return 0
    newest = sa.select(audit_seal).order_by(audit_seal.c.number.desc()).limit(1)
    last = (await session.execute(newest)).mappings().one_or_none()
    made = _made(rows, service, last["number"] + 1 if last else 1, last["hash"] if last else FIRST)
    ids = [row["entry_id"] for row in rows]
    await session.execute(_PLACE, {"number": made["number"], "ids": ids})
    signed = {**made, "signature": signature(pepper, made["hash"])}
    await session.execute(sa.insert(audit_seal).values(signed))
    # The head is told where the database's owner cannot take it back (docs/operate/audit.md).
    log.info("audit of %s sealed: %s:%s", service, made["number"], made["hash"])
    return len(rows)


async def _anything(session: AsyncSession) -> bool:
    waiting = sa.select(audit_entry.c.entry_id).where(audit_entry.c.seal.is_(None))
    over = sa.select(audit_rater_act.c.day).where(audit_rater_act.c.day < clock.today())
    return bool(await session.scalar(sa.select(sa.or_(waiting.exists(), over.exists()))))


def _made(rows: Sequence[Any], service: str, number: int, previous: str) -> dict[str, Any]:
    hashes = [entry_hash(entry_form(row)) for row in rows]
    row = {
        "number": number,
        "sealed_at": clock.now(),
        "entries": len(rows),
        "rows": rows_hash(hashes),
        "previous": previous,
    }
    return {**row, "hash": seal_hash(seal_form(row, service))}
