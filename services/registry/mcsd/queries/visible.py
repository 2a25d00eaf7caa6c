"""Rows of each resource, as far as the caller may see them: by the rights of `/v1/units`, `people` and `posts`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import sees_people, sees_posts
from services.registry.mcsd import resources_of_people, resources_of_units, terms
from services.registry.mcsd.as_sent import overlaid
from services.registry.source_systems.queries import identifiers_of_person, identifiers_of_post
from services.registry.tables.people import person, post
from services.registry.tables.sent_resources import sent_resource
from services.registry.tables.units import role, unit, unit_placement
from services.registry.units.queries import identifiers_of_unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller

Resource = dict[str, Any]
_INTERNAL = ("source", "external_id", "line_digest", "merged_into", "erased")
_OF_PEOPLE = [column for column in person.c if column.name not in _INTERNAL]
_OF_POSTS = [column for column in post.c if column.name not in ("source", "external_id")]


@dataclass(frozen=True, slots=True)
class Kind:
    """How rows of a kind of resource are found and shown."""

    rows: Callable[[AsyncSession, Caller], Awaitable[sa.Select[Any]]]
    key: sa.ColumnElement[Any]
    show: Callable[[Any, date], Resource]
    recorded_at: sa.ColumnElement[Any]


def shown(kind: str, row: Any) -> Resource:
    """A row as its resource, with what was sent of it."""
    return overlaid(KINDS[kind].show(row, clock.today()), row.get("sent"))


def sent_of(kind: str, key: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The elements that were sent of a row of this key."""
    mine = sa.and_(sent_resource.c.kind == kind, sent_resource.c.key == sa.cast(key, sa.Text))
    select = sa.select(sent_resource.c.elements).where(mine)
    return select.correlate_except(sent_resource).scalar_subquery().label("sent")


async def _units(_: AsyncSession, caller: Caller) -> sa.Select[Any]:
    rights.require(caller, RIGHTS[terms.LOCATION])
    return sa.select(*unit.c, identifiers_of_unit(unit, uris=True))


async def _locations(session: AsyncSession, caller: Caller) -> sa.Select[Any]:
    return (await _units(session, caller)).add_columns(sent_of(terms.LOCATION, unit.c.unit_code))


async def _placed_units(session: AsyncSession, caller: Caller) -> sa.Select[Any]:
    select = await _units(session, caller)
    return select.add_columns(placed_from().label("placed_from"), placed_to().label("placed_to")).where(
        unit.c.parent.is_not(None)
    )


def placed_from() -> sa.ColumnElement[Any]:
    """The first day of a unit's place of today."""
    begins, today = unit_placement.c.valid_from, clock.today()
    mine = unit_placement.c.unit_code == unit.c.unit_code
    latest = sa.select(sa.func.max(begins)).where(mine, begins <= today).correlate(unit).scalar_subquery()
    first = sa.select(sa.func.min(begins)).where(mine).correlate(unit).scalar_subquery()
    return sa.func.coalesce(latest, first)


def placed_to() -> sa.ColumnElement[Any]:
    """The first day of a unit's next place; null without one to come."""
    begins = unit_placement.c.valid_from
    mine = unit_placement.c.unit_code == unit.c.unit_code
    return (
        sa.select(sa.func.min(begins)).where(mine, begins > clock.today()).correlate(unit).scalar_subquery()
    )


async def _people(session: AsyncSession, caller: Caller) -> sa.Select[Any]:
    seen = await sees_people(session, caller)
    sent = sent_of(terms.PRACTITIONER, person.c.person_id)
    return sa.select(*_OF_PEOPLE, identifiers_of_person(caller, uris=True), sent).where(seen)


async def _posts(session: AsyncSession, caller: Caller) -> sa.Select[Any]:
    seen = await sees_posts(session, caller)
    columns = [*_OF_POSTS, identifiers_of_post(caller, uris=True), role.c.name.label("role_name")]
    columns.append(sent_of(terms.ROLE_OF, post.c.post_id))
    select = sa.select(*columns).join(unit, unit.c.unit_code == post.c.unit_code)
    return select.join(role, role.c.role_code == post.c.role_code).where(seen)


# The right to read a kind of resource, asked for before anything is looked at.
RIGHTS = {
    **dict.fromkeys(terms.OF_DIRECTORY, "unit.read"),
    terms.PRACTITIONER: "person.read",
    terms.ROLE_OF: "post.read",
}
KINDS: dict[str, Kind] = {
    terms.LOCATION: Kind(_locations, unit.c.unit_code, resources_of_units.location, unit.c.recorded_at),
    terms.ORGANIZATION: Kind(_units, unit.c.unit_code, resources_of_units.organization, unit.c.recorded_at),
    terms.AFFILIATED: Kind(
        _placed_units, unit.c.unit_code, resources_of_units.affiliation, unit.c.recorded_at
    ),
    terms.PRACTITIONER: Kind(
        _people, person.c.person_id, resources_of_people.practitioner, person.c.recorded_at
    ),
    terms.ROLE_OF: Kind(_posts, post.c.post_id, resources_of_people.practitioner_role, post.c.recorded_at),
}
