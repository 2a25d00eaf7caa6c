"""A Practitioner that was sent becomes a person, by the commands of people."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import keeps_people, may_keep
from services.registry.field_precedence.order import superiors
from services.registry.field_precedence.queries import read_precedence
from services.registry.mcsd import sent_people
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.commands.versions import unless_stale
from services.registry.mcsd.queries.search import unknown
from services.registry.mcsd.search_terms import uuids
from services.registry.mcsd.sent_people import Identifier, Sent
from services.registry.people.commands.identifiers import identify_person
from services.registry.people.commands.people import (
    change_person,
    create_person,
    deactivate_person,
    find_person,
)
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer, writer_of, writer_of_one
from services.registry.tables.identifiers import identified_person
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.directory.authorization import require_some_unit


async def create_practitioner(session: AsyncSession, feed: Feed, sent: Sent) -> str:
    """A new person, of the source system of the first identifier. Returns the id. Raises as `create_person`."""
    caller = feed.asked.caller
    await require_some_unit(session, caller, "person.record")
    person = sent_people.person(sent)
    writers = [await _writer(session, feed, each) for each in person.identifiers]
    connection = await raw(session)
    first = writers[0] if writers else await writer_of_one(connection, caller, None, "people", None)
    external_id = person.identifiers[0][1] if person.identifiers else None
    values = {**person.values, "external_id": external_id}
    created = await create_person(session, values, [], first, keeps_people(caller))
    for (_, value, _), writer in list(zip(person.identifiers, writers, strict=True))[1:]:
        await identify_person(session, created, value, writer)
    if not person.active:
        await deactivate_person(session, created, clock.today(), caller.subject_key)
    return str(created)


async def update_practitioner(
    session: AsyncSession, feed: Feed, id_: str, sent: Sent, if_match: str | None
) -> str:
    """The person as the resource says: what it leaves out is emptied, identifiers stay. Raises as the commands."""
    caller = feed.asked.caller
    rights.require(caller, "person.keep")
    person_id = _person_id(id_)
    await may_keep(session, caller, person_id)
    person = sent_people.person(sent)
    writers = [await _writer(session, feed, each) for each in person.identifiers]
    for writer in writers:
        await share_imports(session, writer.source)
    stored = await find_person(session, person_id)
    unless_stale(if_match, stored["version"])
    left = stored["deactivated_on"] is not None and stored["deactivated_on"] <= clock.today()
    source = writers[0].source if writers else await _source(session, caller)
    values = await _decided(session, person_id, person.values, source)
    if person.active and left:
        values["deactivated_on"] = None
    await change_person(session, person_id, values, None, caller.subject_key, keeps_people(caller))
    for (_, value, _), writer in zip(person.identifiers, writers, strict=True):
        await identify_person(session, person_id, value, writer)
    if not person.active and not left:
        await deactivate_person(session, person_id, clock.today(), caller.subject_key)
    return id_


async def _decided(
    session: AsyncSession, person_id: UUID, values: dict[str, Any], source: str | None
) -> dict[str, Any]:
    """The values without those of fields that another system that knows the person decides."""
    if source is None:
        return dict(values)
    known = identified_person.c
    systems = set(await session.scalars(sa.select(known.system_id).where(known.person_id == person_id)))
    before = superiors(await read_precedence(await raw(session)), source)
    return {field: value for field, value in values.items() if systems.isdisjoint(before.get(field, ()))}


async def _source(session: AsyncSession, caller: Caller) -> str | None:
    """The system of a resource without identifiers: the only one that the client writes as, else none."""
    writer = await writer_of_one(await raw(session), caller, None, "people", None)
    return writer.source if writer.source != caller.subject_key else None


def _person_id(text: str) -> UUID:
    found = uuids([text])
    if not found:
        raise unknown()
    return found[0]


async def _writer(session: AsyncSession, feed: Feed, identifier: Identifier) -> Writer:
    system, _, at = identifier
    return await writer_of(await raw(session), feed.asked.caller, system, "people", f"{at}/system")
