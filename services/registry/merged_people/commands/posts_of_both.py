"""Posts of two records that become one, and of one that becomes two.

All posts stay, two in one office as well: people are counted, not posts, and one of them is ended like any other.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.merged_people.commands.both_people import plain, stored
from services.registry.merged_people.surviving import returned
from services.registry.primary_post import MOST, Held, rival_claims
from services.registry.publication.commands import keep_posts
from services.registry.tables.people import post
from shared import clock
from shared.database.engine import raw
from shared.errors import Conflict

_FIELDS = (
    "unit_code", "role_code", "valid_from", "valid_to", "end_reason", "end_destination", "acting",
    "primary_claim", "manager_post_id",
)  # fmt: skip
Rows = Sequence[sa.RowMapping]


async def move_posts(session: AsyncSession, survivor: UUID, merged: UUID, by: str) -> dict[str, Any]:
    """Give the posts of `merged` to `survivor`; returns what has to be known to give them back.

    A claim to be primary gives way to one of the survivor's on the same days, and nobody reports to themselves.
    Raises Conflict `posts-too-many`.
    """
    own, theirs = await _posts(session, survivor), await _posts(session, merged)
    if len(own) + len(theirs) > MOST:
        raise Conflict("posts-too-many", f"A person has up to {MOST} posts, past ones included.")
    claims = [_held(row) for row in own if row["primary_claim"]]
    both = {row["post_id"] for row in (*own, *theirs)}
    changes = {}
    for row in (*own, *theirs):
        after: dict[str, Any] = {"person_id": survivor}
        if row["manager_post_id"] in both:
            after["manager_post_id"] = None
        moved = row["person_id"] != survivor
        if moved and row["primary_claim"] and any(_held(row).overlaps(claim) for claim in claims):
            after["primary_claim"] = False
        if moved or len(after) > 1:
            changes[row["post_id"]] = (row, after)
    await _change(session, changes, by)
    return {
        "untouched": [str(row["post_id"]) for row in own if row["post_id"] not in changes],
        "touched": {
            str(post_id): {
                "person_id": str(row["person_id"]),
                "before": plain(row, _FIELDS),
                "after": plain({**row, **after}, _FIELDS),
            }
            for post_id, (row, after) in changes.items()
        },
    }


async def return_posts(
    session: AsyncSession, survivor: UUID, belongings: Mapping[str, Any], by: str
) -> list[dict[str, Any]]:
    """Give posts back; returns what changed since: of which post, and which field of it.

    A post that began since stays with the survivor. Where a claim to be primary would have a rival, it goes.
    """
    touched = belongings["touched"]
    rows = {str(row["post_id"]): row for row in await _posts(session, survivor)}
    gone = {post_id: was["after"] for post_id, was in touched.items() if post_id not in rows}
    conflicts = [_since(post_id, "withdrawn", was) for post_id, was in gone.items()]
    known = {*touched, *belongings["untouched"]}
    conflicts += [_since(post_id, "recorded", row) for post_id, row in rows.items() if post_id not in known]
    changes: dict[UUID, tuple[sa.RowMapping, dict[str, Any]]] = {}
    held: dict[str, list[Held]] = {}
    for post_id, row in sorted(rows.items()):
        whose, after = str(survivor), {}
        if post_id in touched:
            was = touched[post_id]
            back = returned(was["before"], was["after"], plain(row, _FIELDS))
            conflicts += [_since(post_id, field, row) for field in back.edited]
            whose, after = was["person_id"], {**stored(back.values), "person_id": was["person_id"]}
            changes[row["post_id"]] = (row, after)
        mine = held.setdefault(whose, [])
        if rival_claims([*mine, _held({**row, **after})]):
            after["primary_claim"] = False
            changes[row["post_id"]] = (row, after)
            conflicts.append(_since(post_id, "primary_claim", row))
        mine.append(_held({**row, **after}))
    await _change(session, changes, by)
    return conflicts


async def has_posts_from(session: AsyncSession, person_id: UUID, day: date) -> bool:
    """Whether a person has a post on `day` or later."""
    lasting = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= day)
    return bool(await session.scalar(sa.select(sa.exists().where(post.c.person_id == person_id, lasting))))


def _since(post_id: str, field: str, where: Mapping[Any, Any]) -> dict[str, Any]:
    return {"record": "post", "id": post_id, "field": field, "unit_code": where["unit_code"]}


async def _posts(session: AsyncSession, person_id: UUID) -> Rows:
    mine = sa.select(post).where(post.c.person_id == person_id).order_by(post.c.post_id)
    return (await session.execute(mine.with_for_update())).mappings().all()


async def _change(
    session: AsyncSession, changes: Mapping[UUID, tuple[sa.RowMapping, Mapping[str, Any]]], by: str
) -> None:
    await keep_posts(await raw(session), list(changes))
    for post_id, (row, values) in changes.items():
        recorded = {"version": row["version"] + 1, "recorded_at": clock.now(), "recorded_by": by}
        await session.execute(sa.update(post).where(post.c.post_id == post_id).values(**values, **recorded))


def _held(row: Mapping[Any, Any]) -> Held:
    return Held(str(row["post_id"]), row["valid_from"], row["valid_to"], row["acting"], row["primary_claim"])
