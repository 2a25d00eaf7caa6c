"""Users: recorded, changed, deactivated and deleted, through the commands of people and posts."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import keeps_people
from services.registry.field_precedence.order import superiors
from services.registry.field_precedence.queries import read_precedence
from services.registry.people.commands.identifiers import identify_person, unidentify_person
from services.registry.people.commands.people import (
    change_person,
    create_person,
    deactivate_person,
    find_person,
    recorded,
)
from services.registry.publication.commands import announce_people, keep_people
from services.registry.scim.commands.accounts import drop_accounts, keep_account
from services.registry.scim.commands.author import Author
from services.registry.scim.commands.posts import keep_posts, waiting
from services.registry.scim.queries.users import Asker, Row, read_user
from services.registry.scim.user_fields import UserValues
from services.registry.source_systems.queries import Writer
from services.registry.tables.identifiers import identified_person
from services.registry.tables.people import person
from services.registry.tables.scim import scim_profile
from shared import clock
from shared.database.engine import raw
from shared.directory.authorization import require_some_unit
from shared.errors import PreconditionFailed


async def create_user(session: AsyncSession, author: Author, values: UserValues) -> UUID:
    """A new person, or the one that the system called so before a deletion. Returns the id.

    Raises Conflict `external-id-taken` or `user-name-taken`, and what the commands of people and posts raise.
    """
    caller, writer = author.caller, author.writer
    await require_some_unit(session, caller, "person.record")
    known = await _deleted_before(session, author, values.external_id)
    if known is None:
        columns = {**values.person, "external_id": values.external_id}
        known = await create_person(session, columns, (), writer, keeps_people(caller))
        await keep_account(session, known, values.user_name, values.employee_number, writer)
        await _keep_profile(session, known, await _profile(session, author, values), writer)
        row: Row = {"active": True, "posts": []}
        await _keep_state(session, author, known, values, row)
    else:
        works = values.active is not False
        await change_user(session, author, known, replace(values, active=works), None)
    return known


async def change_user(
    session: AsyncSession, author: Author, person_id: UUID, values: UserValues, expected: str | None
) -> None:
    """Let a user be as `values` says; the caller keeps the record. Nothing new, no version.

    `expected` is the entity tag that the change was made from. Raises PreconditionFailed `stale-etag` and as
    `create_user`.
    """
    caller, writer = author.caller, author.writer
    stored = await find_person(session, person_id)
    if expected is not None and expected != f'W/"{stored["version"]}"':
        raise PreconditionFailed("stale-etag", "The resource changed since you read it.")
    asker = Asker(caller, writer.source)
    row = await read_user(session, asker, person_id)
    await _keep_identifier(session, person_id, row["external_id"], values.external_id, writer)
    decided = await _decided_elsewhere(session, person_id, writer)
    person_values = {column: value for column, value in values.person.items() if column not in decided}
    if values.active is not False and not row["active"]:
        person_values["deactivated_on"] = None
    stated = await keep_account(session, person_id, values.user_name, values.employee_number, writer)
    profile = await _profile(session, author, values)
    stated |= await _keep_profile(
        session, person_id, {**profile, "active_unsaid": values.active is None or None}, writer
    )
    if any(stored[column] != value for column, value in person_values.items()):
        await change_person(session, person_id, person_values, None, writer.by, keeps_people(caller))
    elif stated:
        await _raise(session, person_id, writer.by)
    await _keep_state(session, author, person_id, values, row)


async def delete_user(session: AsyncSession, person_id: UUID, expected: str | None, by: str) -> None:
    """The person has left, and is no user any more; the record and its history stay. Raises as `change_user`."""
    stored = await find_person(session, person_id)
    if expected is not None and expected != f'W/"{stored["version"]}"':
        raise PreconditionFailed("stale-etag", "The resource changed since you read it.")
    today = clock.today()
    if stored["deactivated_on"] is None or stored["deactivated_on"] > today:
        await deactivate_person(session, person_id, today, by)
    await drop_accounts(session, person_id)
    await _store_profile(session, person_id, {"deleted": True}, by)
    await _raise(session, person_id, by)


async def _keep_state(
    session: AsyncSession, author: Author, person_id: UUID, values: UserValues, row: Row
) -> None:
    """Posts of who works; who does not has none from today on: those that are stated wait."""
    if values.active is False:
        if row["active"]:
            await deactivate_person(session, person_id, clock.today(), author.writer.by)
        return
    await keep_posts(session, author, person_id, row["posts"], values.posts)


async def _profile(session: AsyncSession, author: Author, values: UserValues) -> dict[str, Any]:
    """The columns of the profile, with the posts that wait for somebody who does not work."""
    if values.active is not False or not values.posts:
        return {**values.profile, "waiting_posts": None}
    return {**values.profile, "waiting_posts": await waiting(session, author.caller, values.posts)}


async def _deleted_before(session: AsyncSession, author: Author, external_id: str | None) -> UUID | None:
    """Whom the system called so, where SCIM deleted them, and the caller keeps their record."""
    if external_id is None:
        return None
    known = identified_person.c
    held = sa.select(known.person_id).where(
        known.system_id == author.writer.source, known.value == external_id
    )
    select = (
        sa.select(person.c.person_id)
        .join(scim_profile, scim_profile.c.person_id == person.c.person_id)
        .where(person.c.person_id.in_(held), scim_profile.c.deleted, person.c.deactivated_on <= clock.today())
        .where(keeps_people(author.caller))
        .with_for_update(of=person)  # of several who bring somebody back, the next one finds them at work
    )
    found: UUID | None = await session.scalar(select)
    return found


async def _decided_elsewhere(session: AsyncSession, person_id: UUID, writer: Writer) -> set[str]:
    """Fields about which another system that knows the person has the say (decision 46)."""
    before = superiors(await read_precedence(await raw(session)), writer.source)
    if not before:
        return set()
    known = sa.select(identified_person.c.system_id).where(identified_person.c.person_id == person_id)
    systems = set(await session.scalars(known))
    return {field for field, first in before.items() if not systems.isdisjoint(first)}


async def _keep_identifier(
    session: AsyncSession, person_id: UUID, before: str | None, wanted: str | None, writer: Writer
) -> None:
    if wanted is None and before is not None:
        await unidentify_person(session, person_id, writer)
    elif wanted is not None and wanted != before:
        await identify_person(session, person_id, wanted, writer)


async def _keep_profile(session: AsyncSession, person_id: UUID, wanted: Any, writer: Writer) -> bool:
    """Whether the profile stated otherwise."""
    own = scim_profile.c.person_id == person_id
    before = (await session.execute(sa.select(scim_profile).where(own))).mappings().one_or_none()
    stated = {column: before[column] if before is not None else None for column in wanted}
    if stated == dict(wanted) and (before is None or not before["deleted"]):
        return False
    await _store_profile(session, person_id, {**wanted, "deleted": False}, writer.by)
    return True


async def _store_profile(session: AsyncSession, person_id: UUID, values: dict[str, Any], by: str) -> None:
    row = {**values, "recorded_at": clock.now(), "recorded_by": by}
    statement = insert(scim_profile).values(person_id=person_id, **row)
    await session.execute(statement.on_conflict_do_update(index_elements=["person_id"], set_=row))


async def _raise(session: AsyncSession, person_id: UUID, by: str) -> None:
    """A new version of a person of whom SCIM says something else; what is published does not name it."""
    row = await find_person(session, person_id)
    connection = await raw(session)
    await keep_people(connection, [person_id])
    statement = sa.update(person).where(person.c.person_id == person_id)
    await session.execute(statement.values(**recorded(row, by)))
    await announce_people(connection, [person_id])
