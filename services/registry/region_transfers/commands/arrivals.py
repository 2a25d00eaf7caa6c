"""Somebody comes from another region: what they bring waits for a second person, and then becomes theirs here.

They are somebody new here, with an id of this region: no id is known in two regions. A file that comes again is
known by its origin and its transfer.
"""

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import same_person
from services.registry.people.commands.people import create_person
from services.registry.people.commands.sign_ins import Condition
from services.registry.posts.commands.posts import create_post
from services.registry.source_systems.queries import Writer
from services.registry.tables.region_transfers import arrival
from shared import clock
from shared.errors import Conflict, NotFound
from shared.events.person_arrivals import CarriedPlan, CarriedResult, PersonArrived
from shared.messaging import outbox

WAITING, ACCEPTED, DECLINED = "waiting", "accepted", "declined"
WAITS = timedelta(days=90)  # what nobody accepts until then is declined: it names somebody who is nobody here
BY = "retention"  # who declined it then
AT_ONCE = 200  # arrivals of one round


class Transfer(NamedTuple):
    """Which transfer it is: an id has meaning in the region that made it alone."""

    origin: str
    transfer_id: UUID


async def receive(
    session: AsyncSession, transfer: Transfer, values: Mapping[str, Any], content: dict[str, Any], by: str
) -> dict[str, Any]:
    """Let what came wait; the same once more changes nothing, nor after it was accepted.

    What was declined may come again, with any content: which transfer a file is can be read by whoever carries it,
    so somebody could bring another content before, and the true one would be refused for ever. Raises Conflict
    `transfer-changed` where the transfer waits or was accepted with another content, or for
    another post: who brings it for a unit of theirs is told nothing of another; `transfer-decided` where who
    came by it is erased.
    """
    sealed = msgspec.json.encode([values["moved_on"], content], order="sorted")
    row = {
        **transfer._asdict(),
        **values,
        "state": WAITING,
        "digest": hashlib.sha256(sealed).hexdigest(),
        "content": content,
        "received_at": clock.now(),
        "received_by": by,
    }
    once_more = {**row, "decided_at": None, "decided_by": None}
    declined = arrival.c.state == DECLINED
    keys = list(arrival.primary_key.columns)
    statement = (
        insert(arrival).values(row).on_conflict_do_update(index_elements=keys, set_=once_more, where=declined)
    )
    await session.execute(statement)
    stored = await find(session, transfer)
    if not stored["digest"]:
        raise Conflict("transfer-decided", "The transfer was decided before, and who came by it is erased.")
    if any(stored[name] != row[name] for name in ("digest", "unit_code", "role_code")):
        raise Conflict(
            "transfer-changed", "This transfer came before, with another content or for another post."
        )
    return stored


async def find(session: AsyncSession, transfer: Transfer) -> dict[str, Any]:
    """An arrival, locked; who came by it is null where they were erased here. Raises `transfer-unknown`."""
    mine = _mine(transfer)
    found = (await session.execute(sa.select(arrival).where(mine).with_for_update())).mappings().one_or_none()
    if found is None:
        raise NotFound("transfer-unknown", "There is no such transfer, or none that you may see.")
    return dict(found)


async def accept(session: AsyncSession, stored: dict[str, Any], by: str, seen: Condition) -> dict[str, Any]:
    """Let them be somebody here, with a post from the day of the transfer on; a second time changes nothing.

    `stored` is an arrival as `find` gives it, `seen` as in `create_person`. Raises Conflict
    `transfer-decided`, `second-person-required`, and what the record or the post is refused with.
    """
    if stored["state"] == ACCEPTED:
        return stored
    await _require_undecided(session, stored, by)
    content, writer = stored["content"], Writer(by, by, [])
    person_id = await create_person(session, content["record"], [], writer, seen)
    post = {
        "person_id": person_id,
        "unit_code": stored["unit_code"],
        "role_code": stored["role_code"],
        "valid_from": stored["moved_on"],
        "valid_to": None,
        "acting": False,
        "primary_claim": False,
        "manager_post_id": None,
    }
    await create_post(session, post, writer)
    event = PersonArrived(
        person_id=str(person_id),
        transfer_id=str(stored["transfer_id"]),
        origin=stored["origin"],
        moved_on=stored["moved_on"],
        results=msgspec.convert(content["results"], list[CarriedResult]),
        plans=msgspec.convert(content["plans"], list[CarriedPlan]),
    )
    await outbox.add(session, event, aggregate_id=str(person_id), version=0)
    return await _decide(session, stored, ACCEPTED, by, person_id)


async def decline(session: AsyncSession, stored: dict[str, Any], by: str) -> dict[str, Any]:
    """Let nothing become of it; what came is deleted. Raises Conflict `transfer-decided`."""
    if stored["state"] == DECLINED:
        return stored
    if stored["state"] != WAITING:
        raise _decided(stored)
    return await _decide(session, stored, DECLINED, by, None)


async def decline_old(session: AsyncSession) -> int:
    """Decline what has waited for longer than `WAITS`, so that the names in it go. Returns how many."""
    keys = list(arrival.primary_key.columns)
    old = sa.select(*keys).where(arrival.c.state == WAITING, arrival.c.received_at < clock.now() - WAITS)
    statement = sa.update(arrival).where(
        arrival.c.state == WAITING, sa.tuple_(*keys).in_(old.order_by(arrival.c.received_at).limit(AT_ONCE))
    )
    done = await session.scalars(
        statement.values(_decision(DECLINED, BY, None)).returning(arrival.c.transfer_id)
    )
    return len(done.all())


async def _require_undecided(session: AsyncSession, stored: dict[str, Any], by: str) -> None:
    if stored["state"] != WAITING:
        raise _decided(stored)
    if await same_person(session, stored["received_by"], by):
        raise Conflict("second-person-required", "Somebody else than who brought it has to accept it.")


def _decided(stored: dict[str, Any]) -> Conflict:
    return Conflict("transfer-decided", f"The transfer was {stored['state']} before.")


async def _decide(
    session: AsyncSession, stored: dict[str, Any], state: str, by: str, person_id: UUID | None
) -> dict[str, Any]:
    transfer = Transfer(stored["origin"], stored["transfer_id"])
    changed = _decision(state, by, person_id)
    statement = sa.update(arrival).where(_mine(transfer)).values(changed).returning(arrival)
    return dict((await session.execute(statement)).mappings().one())


def _decision(state: str, by: str, person_id: UUID | None) -> dict[str, Any]:
    """What a decision changes; the record as it came is stored no longer."""
    decided = {"decided_at": clock.now(), "decided_by": by}
    return {"state": state, "content": None, "person_id": person_id, **decided}


def _mine(transfer: Transfer) -> sa.ColumnElement[bool]:
    return sa.and_(arrival.c.origin == transfer.origin, arrival.c.transfer_id == transfer.transfer_id)
