"""Who sees and changes which people: rights as conditions on registry's own tables.

HRIS sees and writes people whose present or coming posts lie inside its units, those without such
a post by their last ones, and those without any post that it recorded itself or another client
of its source systems. Programme managers
see people with a post inside their units today. Leaders see themselves and their team.
"""

from contextlib import suppress
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.queries import people_of_own
from services.registry.tables.people import person, post, subject
from services.registry.tables.units import unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Decision, Reach
from shared.directory import authorization
from shared.directory.authorization import caller_person
from shared.directory.tables import erased_people
from shared.errors import Gone, NotFound

Condition = sa.ColumnElement[bool]
READ, KEEP, POSTS = "person.read", "person.keep", "post.read"


def held_on(table: sa.FromClause, day: sa.ColumnElement[Any]) -> Condition:
    """Whether a post is held on `day`."""
    return sa.and_(table.c.valid_from <= day, sa.or_(table.c.valid_to.is_(None), table.c.valid_to >= day))


def inside(caller: Caller) -> Condition:
    """Whether the joined unit lies inside the caller's units."""
    overlaps: Condition = unit.c.path.overlap(sa.cast(list(caller.units), unit.c.path.type))
    return overlaps


def everywhere(caller: Caller) -> Condition:
    """Whether the caller's units include the root."""
    root = sa.select(unit.c.unit_code).where(unit.c.parent.is_(None), unit.c.unit_code.in_(caller.units))
    return sa.exists(root)


async def same_person(session: AsyncSession, one: str, other: str) -> bool:
    """Whether two subject keys are one person's: the same sign-in, or two that are tied to one record."""
    if one == other:
        return True
    tied = sa.select(subject.c.person_id).where(subject.c.subject_key.in_([one, other]))
    rows = list(await session.scalars(tied))
    return len(rows) == 2 and rows[0] == rows[1]


async def team_of(session: AsyncSession, caller: Caller) -> tuple[UUID | None, Condition]:
    """The caller's own person, and whether a post belongs to them or reports to a post of theirs today."""
    own = await caller_person(session, caller)
    if own is None:
        return None, sa.false()
    mine = post.alias("mine")
    today = sa.literal(clock.today())
    posts = sa.select(mine.c.post_id).where(mine.c.person_id == own, held_on(mine, today))
    reports = sa.and_(post.c.manager_post_id.in_(posts), held_on(post, today))
    return own, sa.or_(post.c.person_id == own, reports)


async def sees_people(session: AsyncSession, caller: Caller) -> Condition:
    """A condition on `person` for what the caller may read. Raises Forbidden `role-missing`."""
    return sa.or_(*[condition for _, _, condition in await ways(session, caller, READ)])


async def ways(session: AsyncSession, caller: Caller, right: str) -> list[tuple[str, Reach, Condition]]:
    """Role, reach and what a person must be like today, for each of the caller's roles that give the right.

    Raises Forbidden `role-missing`.
    """
    rights.require(caller, right)
    own, team = await team_of(session, caller)
    inside_today = sa.exists(_posts_inside(caller).where(held_on(post, sa.literal(clock.today()))))
    conditions = {
        Reach.SELF: person.c.person_id == own if own is not None else sa.false(),
        Reach.TEAM: person.c.person_id.in_(sa.select(post.c.person_id).where(team)),
    }
    return [
        (role, reach, conditions.get(reach, keeps_people(caller) if role == "hris" else inside_today))
        for role, within in rights.RIGHTS[right].grants.items()
        if role in caller.roles
        for reach in sorted(within)
    ]


def keeps_people(caller: Caller) -> Condition:
    """A condition on `person` for the records that an HRIS caller keeps, valid for at least one unit."""
    valid = sa.exists(sa.select(unit.c.unit_code).where(unit.c.unit_code.in_(caller.units)))
    lasting = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= clock.today())
    posts = sa.select(post.c.post_id).where(post.c.person_id == person.c.person_id)
    earlier = sa.and_(~sa.exists(posts.where(lasting)), sa.exists(_posts_inside(caller)))
    mine = sa.or_(
        everywhere(caller),
        sa.exists(_posts_inside(caller).where(lasting)),
        earlier,
        sa.and_(valid, people_of_own(caller), ~sa.exists(posts)),
    )
    known = ~person.c.erased & person.c.merged_into.is_(None)  # of who was merged the other record is kept
    return sa.and_(known, mine)


async def sees_posts(session: AsyncSession, caller: Caller) -> Condition:
    """A condition on `post` joined with `unit` for what the caller may read."""
    rights.require(caller, POSTS)
    reach = rights.reaches(caller, POSTS)
    _, team = await team_of(session, caller)
    seen = sa.or_(
        team if Reach.TEAM in reach else sa.false(), inside(caller) if Reach.UNITS in reach else sa.false()
    )
    return sa.and_(post.c.person_id.not_in(erased_people()), seen)


async def may_see(session: AsyncSession, caller: Caller, person_id: UUID) -> None:
    """Raises NotFound `person-unknown` unless the caller may read the person: nobody learns who exists."""
    await require(session, caller, READ, person_id)


async def may_keep(session: AsyncSession, caller: Caller, person_id: UUID) -> None:
    """Raises Forbidden `role-missing`, or NotFound `person-unknown` unless the caller keeps the record."""
    await require(session, caller, KEEP, person_id)


async def require(session: AsyncSession, caller: Caller, right: str, person_id: UUID) -> None:
    """Pass with a right about a person. Raises Forbidden `role-missing`, NotFound `person-unknown`.

    Raises Gone `person-merged` where the record is part of another one, to which the caller has the right.
    """
    found_ways = await ways(session, caller, right)
    columns = [condition.label(f"way_{place}") for place, (_, _, condition) in enumerate(found_ways)]
    # The same work for who is there, was merged, or never was: the record that this one is part of now.
    asked = person.alias("asked")
    part_of = sa.select(sa.func.coalesce(asked.c.merged_into, asked.c.person_id))
    select = sa.select(person.c.person_id, *columns).where(
        person.c.person_id == part_of.where(asked.c.person_id == person_id).scalar_subquery()
    )
    found = (await session.execute(select)).one_or_none()
    for (role, reach, _), holds in zip(found_ways, (found or ())[1:], strict=False):
        if holds and found is not None and str(found[0]) != str(person_id):
            raise merged_into(found[0])
        if holds:
            caller.note(Decision(right, role, reach, person_id))
            return
    raise NotFound("person-unknown", "There is no such person, or none that you may see.")


def merged_into(person_id: UUID) -> Gone:
    """The refusal of a record that is part of another one: `Location` and the detail say which."""
    return Gone(
        "person-merged",
        f"The record is part of that of the person {person_id} now.",
        headers={"Location": f"/v1/people/{person_id}"},
    )


async def ask_again(session: AsyncSession, caller: Caller, decision: Decision) -> None:
    """As `shared.directory.authorization.ask_again`, about people by registry's own rule.

    The right to who was merged since is the right to the record that theirs is part of.
    """
    if decision.person is not None:
        with suppress(Gone):
            await require(session, caller, decision.right, decision.person)
        return
    await authorization.ask_again(session, caller, decision)
    if decision.load is not None and decision.load.ids:
        named = sa.select(person.c.person_id).where(
            person.c.person_id == sa.any_(sa.literal(list(decision.load.ids), ARRAY(sa.Uuid()))),
            ~keeps_people(caller),
        )
        if await session.scalar(sa.select(sa.exists(named))):
            raise authorization.report_withheld()


def _posts_inside(caller: Caller) -> sa.Select[tuple[UUID]]:
    return (
        sa.select(post.c.post_id)
        .join(unit, unit.c.unit_code == post.c.unit_code)
        .where(post.c.person_id == person.c.person_id, inside(caller))
        .correlate(person)
    )
