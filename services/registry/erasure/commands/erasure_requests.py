"""An erasure asked for, taken back, and confirmed by somebody else, which all services hear of."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import same_person
from services.registry.erasure.commands.erased_records import erase
from services.registry.merged_people.commands.both_people import Row, hold_up_imports, lock_whole
from services.registry.tables.erasures import erasure, legal_hold
from shared import clock
from shared.errors import Conflict, NotFound
from shared.events.registry import PersonErased
from shared.messaging import outbox


async def request_erasure(session: AsyncSession, person_id: UUID, by: str) -> dict[str, Any]:
    """Note that somebody asks for a person to be erased; the first request stands.

    Raises Conflict `person-active` before they have left, `legal-hold` under a hold, `person-merged-record` where
    the record was merged meanwhile, NotFound `person-unknown`.
    """
    await _require_erasable(session, person_id, await lock_whole(session, [person_id]))
    mine = sa.select(erasure).where(erasure.c.subject_id == person_id)
    found = (await session.execute(mine)).mappings().one_or_none()
    if found is None:
        row = {"subject_id": person_id, "requested_at": clock.now(), "requested_by": by}
        statement = sa.insert(erasure).values(row).returning(erasure)
        found = (await session.execute(statement)).mappings().one()
    return dict(found)


async def withdraw(session: AsyncSession, erasure_id: UUID) -> UUID:
    """Take a request back; returns whom it was about.

    Raises NotFound `erasure-unknown`, Conflict `erasure-done`.
    """
    request = await _waiting(session, erasure_id)
    await session.execute(sa.delete(erasure).where(erasure.c.erasure_id == erasure_id))
    return UUID(str(request["subject_id"]))


async def confirm(session: AsyncSession, erasure_id: UUID, by: str) -> dict[str, Any]:
    """Erase the person of a request, with every record that is part of theirs, and tell all services.

    Raises NotFound `erasure-unknown`, Conflict `erasure-done`, `second-person-required` for who asked for it, and
    what `request_erasure` raises.
    """
    request = await _waiting(session, erasure_id, locked=False)
    if await same_person(session, request["requested_by"], by):
        raise Conflict("second-person-required", "Somebody else than who asked for it has to confirm it.")
    person_id = UUID(str(request["subject_id"]))
    await hold_up_imports(session, [person_id])
    rows = await lock_whole(session, [person_id])
    await _waiting(
        session, erasure_id
    )  # behind the lock of the people, as every request; it may be done by now
    parts = await _require_erasable(session, person_id, rows)
    moment = clock.now()
    # The record first: by it a restored database notes the erasure. Each id is somebody's in other services.
    events = [_event(each, moment, by) for each in (person_id, *parts)]
    done = {"subject_id": None, "erased_at": moment, "confirmed_by": by, "digest": events[0].digest}
    statement = sa.update(erasure).where(erasure.c.erasure_id == erasure_id).values(**done)
    found = (await session.execute(statement.returning(erasure))).mappings().one()
    await erase(session, person_id)
    for event in events:
        await outbox.add(session, event, aggregate_id=event.person_id, version=0)
    return dict(found)


async def _require_erasable(session: AsyncSession, person_id: UUID, rows: Mapping[str, Row]) -> list[UUID]:
    """Of a person's locked records, the ids of those that are part of the one."""
    row = rows.get(str(person_id))
    if row is None:
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    if row["merged_into"] is not None:
        raise Conflict("person-merged-record", "The record has become part of another one since.")
    if row["deactivated_on"] is None or row["deactivated_on"] > clock.today():
        raise Conflict("person-active", "Only who has left can be erased.")
    ids = [UUID(each) for each in rows]
    if await session.scalar(sa.select(sa.exists().where(legal_hold.c.person_id.in_(ids)))):
        raise Conflict("legal-hold", "The person's data are under a legal hold.")
    return [each for each in ids if each != person_id]


async def _waiting(session: AsyncSession, erasure_id: UUID, *, locked: bool = True) -> Row:
    mine = sa.select(erasure).where(erasure.c.erasure_id == erasure_id)
    found = await session.execute(mine.with_for_update() if locked else mine)
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("erasure-unknown", "There is no such erasure.")
    if row["erased_at"] is not None:
        raise Conflict("erasure-done", "The person is erased already.")
    return row


def _event(person_id: UUID, moment: datetime, by: str) -> PersonErased:
    digest = hashlib.sha256(f"{person_id}\n{moment.isoformat()}\n{by}".encode()).hexdigest()
    return PersonErased(person_id=str(person_id), erased_at=moment, confirmed_by=by, digest=digest)
