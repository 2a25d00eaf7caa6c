"""Posts that go on otherwise from a day on: the old term is ended, a new one follows it."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.leavings.leaving import continued
from services.registry.posts.commands.identifiers import take_identifiers_along
from services.registry.publication.commands import announce_people, keep_posts, raise_people
from services.registry.tables.people import post
from shared import clock
from shared.database.engine import raw


async def posts_open_at(session: AsyncSession, code: str, on: date) -> Sequence[sa.RowMapping]:
    """The unit's posts that are held on the day `on` or later, locked."""
    still = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= on)
    select = sa.select(post).where(post.c.unit_code == code, still).order_by(post.c.post_id).with_for_update()
    return (await session.execute(select)).mappings().all()


async def transfer_posts(
    session: AsyncSession, rows: Sequence[sa.RowMapping], targets: Mapping[UUID, str], on: date, by: str
) -> None:
    """From the day `on` the posts are at the unit that `targets` names.

    A post that began earlier ends the day before, and a new one with the same external id follows,
    so that what happened at the old unit stays there. Posts that reported to it report to the new one.
    """
    connection = await raw(session)
    people = sorted({row["person_id"] for row in rows})
    await raise_people(connection, people)
    await keep_posts(connection, [row["post_id"] for row in rows])
    follows: dict[UUID, UUID] = {}
    for row in rows:
        target = {"unit_code": targets[row["post_id"]]}
        if row["valid_from"] >= on:
            own = post.c.post_id == row["post_id"]
            await session.execute(sa.update(post).where(own).values(**target, **_recorded(row, by)))
            continue
        after = {**row, **target, "valid_from": on}
        follows[row["post_id"]] = await _succeed(session, row, after, on - timedelta(days=1), by)
    reports = await _follow(session, follows, on, by)
    await raise_people(connection, [person for person in reports if person not in people])
    await announce_people(connection, [*people, *reports])


async def continue_post(
    session: AsyncSession, row: sa.RowMapping, after: Mapping[str, Any], ends: date, by: str
) -> UUID:
    """End a post's term on the day `ends` and let another one, `after`, follow it. Returns that one's id."""
    connection = await raw(session)
    await raise_people(connection, [row["person_id"]])
    await keep_posts(connection, [row["post_id"]])
    new = await _succeed(session, row, after, ends, by)
    reports = await _follow(session, {row["post_id"]: new}, after["valid_from"], by)
    await raise_people(connection, [person for person in reports if person != row["person_id"]])
    await announce_people(connection, [row["person_id"], *reports])
    return new


async def _succeed(
    session: AsyncSession, row: sa.RowMapping, after: Mapping[str, Any], ends: date, by: str
) -> UUID:
    recorded = _recorded(row, by)
    own = post.c.post_id == row["post_id"]
    closing: dict[str, Any] = {"valid_to": ends, "external_id": None}
    if row["valid_to"] != ends:
        reason, destination = continued(after["unit_code"] != row["unit_code"])
        closing |= {"end_reason": reason, "end_destination": destination}
    await session.execute(sa.update(post).where(own).values(**closing, **recorded))
    values = {column: value for column, value in after.items() if column != "post_id"}
    new: UUID = await session.scalar(
        sa.insert(post).values(**values | recorded | {"version": 1}).returning(post.c.post_id)
    )
    await take_identifiers_along(session, row["post_id"], new)
    return new


def _recorded(row: sa.RowMapping, by: str) -> dict[str, Any]:
    return {"version": row["version"] + 1, "recorded_at": clock.now(), "recorded_by": by}


async def _follow(session: AsyncSession, follows: Mapping[UUID, UUID], on: date, by: str) -> list[UUID]:
    """Posts that go on after `on` report to the posts that follow their managers'. Returns their people."""
    still = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= on)
    chosen = sa.select(post.c.post_id, post.c.manager_post_id, post.c.person_id).where(
        post.c.manager_post_id.in_(list(follows)), still
    )
    rows = (await session.execute(chosen.with_for_update())).mappings().all()
    await keep_posts(
        await raw(session), [row["post_id"] for row in rows if row["post_id"] not in follows.values()]
    )
    for row in rows:
        changes = {
            "manager_post_id": follows[row["manager_post_id"]],
            "recorded_at": clock.now(),
            "recorded_by": by,
        }
        if row["post_id"] not in follows.values():
            changes["version"] = post.c.version + 1
        await session.execute(sa.update(post).where(post.c.post_id == row["post_id"]).values(**changes))
    return sorted({row["person_id"] for row in rows})
