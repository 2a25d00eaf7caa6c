"""What a data source calls things: by the URI of its source system, and by the ids that it gives itself."""

from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.search_terms import uuids
from services.registry.source_systems.choice import Records
from services.registry.source_systems.queries import writer_of_one
from services.registry.tables.source_systems import source_system
from shared.database.engine import raw

Resource = dict[str, Any]
_RECORDS: dict[str, Records] = {terms.PRACTITIONER: "people", terms.ROLE_OF: "posts"}


async def with_codes(session: AsyncSession, sent: Resource) -> Resource:
    """A record whose identifiers name source systems by code, where they named them by URI."""
    listed = sent.get("identifier", [])
    uris = {str(each.get("system")) for each in listed} - {terms.UNIT}
    uris = {uri for uri in uris if not uri.startswith(terms.SOURCE_SYSTEM)}
    if not uris:
        return sent
    select = sa.select(source_system.c.uri, source_system.c.code).where(source_system.c.uri.in_(uris))
    known = {row.uri: terms.SOURCE_SYSTEM + row.code for row in await session.execute(select)}
    renamed = [
        {**each, "system": known[each["system"]]} if each.get("system") in known else each for each in listed
    ]
    return {**sent, "identifier": renamed}


async def with_own_id(
    session: AsyncSession, feed: Feed, id_: str, sent: Resource
) -> tuple[Resource, str] | None:
    """A Practitioner or PractitionerRole under an id that its source gave, which is an identifier of the source.

    The resource has that identifier, and the condition finds it. None for an id of Steward's own, and for a client
    that does not write as one source system.
    """
    kind = sent["resourceType"]
    if kind not in _RECORDS or uuids([id_]):
        return None
    writer = await writer_of_one(await raw(session), feed.asked.caller, None, _RECORDS[kind], None)
    select = sa.select(source_system.c.code).where(source_system.c.system_id == writer.source)
    code = await session.scalar(select)
    if code is None:
        return None
    own = {"system": terms.SOURCE_SYSTEM + code, "value": id_}
    others = [each for each in sent.get("identifier", []) if each.get("system") != own["system"]]
    rest = {name: value for name, value in sent.items() if name != "id"}
    return {**rest, "identifier": [own, *others]}, f"identifier={own['system']}|{quote(id_, safe='')}"
