"""Reads of pairs that may be one person, by somebody who keeps both records."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import KEEP, everywhere, keeps_people
from services.registry.matching.score import UNPLACED
from services.registry.tables.matching import match_review, match_scope
from services.registry.tables.people import person, post
from services.registry.tables.units import unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page

_WAITING = Gauge(
    "steward_match_reviews_waiting", "At registry: pairs of records that may be of one person, undecided."
)
_OLDEST = Gauge("steward_match_review_age_seconds", "At registry: age of the oldest pair that is undecided.")
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


async def measure(session: AsyncSession) -> None:
    """Set the gauges of pairs that wait. They are of the table, so every replica shows the same."""
    oldest = sa.func.min(match_review.c.found_at)
    select = sa.select(sa.func.count(), oldest).where(match_review.c.state == "open")
    count, since = (await session.execute(select)).one()
    _WAITING.set(count)
    _OLDEST.set(0 if since is None else max((clock.now() - since).total_seconds(), 0))


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
    return sa.select(*(match_review.c[name] for name in _SHOWN)).where(*both, _is_for(caller))


def topmost(caller: Caller) -> sa.Select[Any]:
    """The caller's units that are there, but those inside others of them, in order."""
    others = sa.func.array_remove(sa.cast(list(caller.units), unit.c.path.type), unit.c.unit_code)
    its = sa.select(unit.c.unit_code).where(unit.c.unit_code.in_(caller.units), ~unit.c.path.overlap(others))
    return its.order_by(unit.c.unit_code)


def _is_for(caller: Caller) -> sa.ColumnElement[bool]:
    """Whether the caller keeps everybody who was counted when the pair was found: else it would tell of others."""
    pair = match_review.c
    whole = pair.met_in.overlap(sa.cast([*caller.units, UNPLACED], pair.met_in.type))
    own = match_scope.c.units == sa.func.array(topmost(caller).scalar_subquery())
    across = sa.exists().where(own, match_scope.c.scope_id == sa.any_(pair.scopes))
    earlier = sa.and_(pair.met_in.is_(None), pair.state != "open", ~pair.nationwide)  # decided about before
    return sa.or_(everywhere(caller), whole, across, earlier)


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
