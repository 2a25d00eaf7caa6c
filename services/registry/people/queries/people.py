"""Reads of people: the only place in Steward that knows their names."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import KEEP, keeps_people, may_see, sees_people
from services.registry.posts.queries import posts_of
from services.registry.source_systems.queries import (
    codes_of,
    identifiers_of_person,
    people_known_to_own,
    with_external_id,
)
from services.registry.tables.people import claimed_subject, person, person_version, post, subject
from services.registry.tables.units import unit
from services.registry.tables.versions import from_their_first
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.directory.authorization import caller_person
from shared.http.paging import Page, page

_LEAVING = ("leaving_reason", "leaving_destination")
_INTERNAL = {"source", "external_id", "recorded_at", "recorded_by", "merged_into", "erased", *_LEAVING}
_OF_VERSIONS = [column.name for column in person_version.c if column.name != "recorded_by"]


def _shown(caller: Caller) -> list[sa.ColumnElement[Any]]:
    """What is shown of a person; external ids only to clients of their systems, why they left only to keepers."""
    shown = (column for column in person.c if column.name not in _INTERNAL)
    return [
        *shown,
        *(_to_keepers(caller, person.c[name]) for name in _LEAVING),
        identifiers_of_person(caller),
    ]


def _to_keepers(caller: Caller, column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column of `person` for those who keep the record, else null; they are looked for where it has a value."""
    if not rights.reaches(caller, KEEP):
        return sa.null().label(column.name)
    keeper = sa.and_(column.is_not(None), keeps_people(caller))
    return sa.case((keeper, column)).label(column.name)


async def list_people(
    session: AsyncSession,
    caller: Caller,
    wanted: Page,
    *,
    unit_code: str | None = None,
    under: str | None = None,
    role_code: str | None = None,
    external_id: str | None = None,
    system: str | None = None,
    active: bool | None = None,
) -> dict[str, Any]:
    """One page of the people that the caller may see; unit and role filters look at posts held today."""
    select = sa.select(*_shown(caller)).where(await sees_people(session, caller))
    if unit_code is not None or under is not None or role_code is not None:
        select = select.where(sa.exists(_posts_today(unit_code, under, role_code)))
    if external_id is not None or system is not None:
        select = select.where(people_known_to_own(caller, system, external_id))
    if active is not None:
        is_active = sa.or_(person.c.deactivated_on.is_(None), person.c.deactivated_on > clock.today())
        select = select.where(is_active if active else ~is_active)
    found = await page(session, select, [person.c.person_id], wanted)
    return {**found, "items": [_with_active(item) for item in found["items"]]}


async def get_person(session: AsyncSession, caller: Caller, person_id: UUID) -> dict[str, Any]:
    """A person that the caller may see, with posts; sign-ins only for those who keep the record."""
    await may_see(session, caller, person_id)
    select = sa.select(*_shown(caller), keeps_people(caller).label("keeps"))
    row = (await session.execute(select.where(person.c.person_id == person_id))).mappings().one()
    subjects: list[dict[str, str]] | None = None
    if row["keeps"] and rights.reaches(caller, KEEP):
        sign_ins = sa.union_all(
            *(
                sa.select(table.c.iss, table.c.sub, table.c.subject_key).where(table.c.person_id == person_id)
                for table in (subject, claimed_subject)
            )
        ).subquery()
        rows = await session.execute(
            sa.select(sign_ins.c.iss, sign_ins.c.sub).order_by(sign_ins.c.subject_key)
        )
        subjects = [dict(each) for each in rows.mappings()]
    return {
        **_with_active(dict(row)),
        "subjects": subjects,
        "posts": await posts_of(session, caller, person_id),
    }


async def get_me(session: AsyncSession, caller: Caller) -> dict[str, Any]:
    """The caller: roles, units, and the person that the sign-in is tied to, if any."""
    rights.require(caller, "sign-in.read")
    own = await caller_person(session, caller)
    known = None
    if own is not None:
        row = (
            (await session.execute(sa.select(*_shown(caller)).where(person.c.person_id == own)))
            .mappings()
            .one()
        )
        known = {**_with_active(dict(row)), "subjects": None, "posts": await posts_of(session, caller, own)}
    return {
        "roles": sorted(caller.roles),
        "units": list(caller.units),
        "client": caller.client,
        "source_systems": await codes_of(session, caller),
        "person": known,
    }


async def person_versions(
    session: AsyncSession, caller: Caller, person_id: UUID, wanted: Page
) -> dict[str, Any]:
    """One page of all versions of a person's record, oldest first; check access before."""
    keeps = sa.select(keeps_people(caller)).where(person.c.person_id == person_id)
    keeper = bool(rights.reaches(caller, KEEP)) and await session.scalar(keeps)
    tables = (person_version, person)
    every = sa.union_all(
        *(sa.select(*(table.c[name] for name in _OF_VERSIONS)) for table in tables)
    ).subquery()
    listed = from_their_first(every, every.c.person_id == person_id)
    withheld = () if keeper else _LEAVING
    shown = (sa.null().label(column.name) if column.name in withheld else column for column in listed.c)
    return await page(session, sa.select(*shown), [listed.c.version], wanted)


def _posts_today(unit_code: str | None, under: str | None, role_code: str | None) -> sa.Select[Any]:
    today = clock.today()
    held = sa.and_(post.c.valid_from <= today, sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= today))
    select = sa.select(post.c.post_id).where(post.c.person_id == person.c.person_id, held).correlate(person)
    if unit_code is not None:
        select = select.where(post.c.unit_code == unit_code)
    if role_code is not None:
        select = select.where(post.c.role_code == role_code)
    if under is not None:
        below = sa.select(unit.c.unit_code).where(unit.c.path.contains([under]))
        select = select.where(post.c.unit_code.in_(below))
    return select


def _with_active(row: dict[str, Any]) -> dict[str, Any]:
    left = row["deactivated_on"]
    return {**with_external_id(row), "active": left is None or left > clock.today()}
