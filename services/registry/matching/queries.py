"""Reads of pairs that may be one person, by somebody who keeps both records."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import KEEP, everywhere, keeps_people
from services.registry.tables.matching import match_review
from services.registry.tables.people import person, post
from shared.auth import rights
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page

_SIDE = (
    "person_id", "family_name", "given_name", "sex", "birth_year", "cadre", "phone", "email", "deactivated_on",
)  # fmt: skip
_SHOWN = (
    "review_id",
    "version",
    "first_id",
    "second_id",
    "score",
    "fields",
    "state",
    "found_at",
    "decided_at",
)


async def list_reviews(session: AsyncSession, caller: Caller, wanted: Page, state: str) -> dict[str, Any]:
    """One page of pairs in a state, the oldest first, both of whom the caller keeps."""
    found = await page(
        session, _select(caller).where(match_review.c.state == state), [match_review.c.review_id], wanted
    )
    return {**found, "items": await _side_by_side(session, found["items"])}


async def get_review(session: AsyncSession, caller: Caller, review_id: UUID) -> dict[str, Any]:
    """One pair. Raises Forbidden `role-missing`, NotFound `match-unknown`: nobody learns who exists."""
    mine = match_review.c.review_id == review_id
    row = (await session.execute(_select(caller).where(mine))).mappings().one_or_none()
    if row is None:
        raise NotFound("match-unknown", "There is no such pair, or none that you may see.")
    return (await _side_by_side(session, [dict(row)]))[0]


def _select(caller: Caller) -> sa.Select[Any]:
    rights.require(caller, KEEP)
    both = [
        sa.exists(
            sa.select(person.c.person_id).where(person.c.person_id == _part_of(side), keeps_people(caller))
        )
        for side in (match_review.c.first_id, match_review.c.second_id)
    ]
    return sa.select(*(match_review.c[name] for name in _SHOWN)).where(
        *both, sa.or_(~match_review.c.nationwide, everywhere(caller))
    )


def _part_of(side: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """The record that one is part of now: where two were merged, who keeps that one keeps both."""
    asked = person.alias()
    found = sa.select(sa.func.coalesce(asked.c.merged_into, asked.c.person_id))
    return found.where(asked.c.person_id == side).correlate(match_review).scalar_subquery()


async def _side_by_side(session: AsyncSession, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = {row[side] for row in rows for side in ("first_id", "second_id")}
    units = sa.func.array(
        sa.select(post.c.unit_code).where(post.c.person_id == person.c.person_id).distinct().scalar_subquery()
    )
    select = sa.select(*(person.c[name] for name in _SIDE), units.label("units")).where(
        person.c.person_id.in_(ids)
    )
    people = {row["person_id"]: dict(row) for row in (await session.execute(select)).mappings()}
    return [{**row, "first": people[row["first_id"]], "second": people[row["second_id"]]} for row in rows]
