"""What a data source sends (ITI-130): a resource created or updated, in the transaction of its request."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import as_sent, directory_terms, terms
from services.registry.mcsd.boundaries import detached
from services.registry.mcsd.commands import directory_resources as directory
from services.registry.mcsd.commands.elements import pointing_at
from services.registry.mcsd.commands.own_systems import with_codes, with_own_id
from services.registry.mcsd.commands.practitioner_roles import create_role, update_role
from services.registry.mcsd.commands.practitioners import create_practitioner, update_practitioner
from services.registry.mcsd.commands.references import Feed, matching, resolved
from services.registry.mcsd.commands.sent_locations import create_location, is_new, update_location
from services.registry.mcsd.commands.stored_boundaries import store_boundary
from services.registry.mcsd.directory_resource import is_directory
from services.registry.mcsd.queries.existing import of_directory
from services.registry.mcsd.queries.search import keys_of, read
from services.registry.mcsd.resources_of_regions import is_regional
from services.registry.mcsd.sent_people import wrong
from services.registry.tables.sent_resources import sent_resource
from shared.errors import Conflict, NotFound, PreconditionFailed

Resource = dict[str, Any]
Create = Callable[[AsyncSession, Feed, Mapping[str, Any]], Awaitable[str]]
Update = Callable[[AsyncSession, Feed, str, Mapping[str, Any], str | None], Awaitable[str]]

_FED: dict[str, tuple[Create, Update]] = {
    terms.LOCATION: (create_location, update_location),
    terms.PRACTITIONER: (create_practitioner, update_practitioner),
    terms.ROLE_OF: (create_role, update_role),
}
# The right that each asks for, before anything is looked at.
RIGHTS = {
    **dict.fromkeys(terms.OF_DIRECTORY, "unit.keep"),
    terms.PRACTITIONER: "person.record",
    terms.ROLE_OF: "post.keep",
}


class Applied(NamedTuple):
    """What became of a resource: its id, whether it is new, and how it is now; None once it was taken away."""

    id: str
    created: bool
    resource: Resource | None


def fed(kind: str) -> None:
    """Raises NotFound `resource-type-not-fed` for what is not taken from data sources."""
    if kind not in RIGHTS:
        raise NotFound("resource-type-not-fed", f"Taken are {', '.join(RIGHTS)}.")


async def create(session: AsyncSession, feed: Feed, sent: Resource, if_none_exist: str | None) -> Applied:
    """A new resource, or the one that the condition finds, as it is. Raises as the commands of the kind."""
    kind, sent = sent["resourceType"], resolved(sent, feed)
    if if_none_exist is not None:
        found = await matching(session, feed, kind, if_none_exist)
        if found is not None:
            return Applied(found, False, await read(session, kind, found, feed.asked))
    if is_directory(kind, sent):
        made = await directory.create_resource(session, feed, sent)
        return Applied(made, True, await read(session, kind, made, feed.asked))
    sent = await with_codes(session, sent)
    with pointing_at(kind):
        id_ = await _FED[kind][0](session, feed, sent)
    return await _applied(session, feed, id_, sent, created=True)


async def update(
    session: AsyncSession, feed: Feed, id_: str, sent: Resource, if_match: str | None
) -> Applied:
    """The resource as it was sent; a Location that is not there is made under this id, which is its unit's code.

    So are other resources of the directory. Of a person and a post an id that is none of Steward's is an
    identifier of the source. Raises as the commands of the kind, Conflict `id-differs`.
    """
    if sent.get("id", id_) != id_:
        raise Conflict("id-differs", "The resource has another id than its address.")
    if is_regional(id_):
        raise Conflict("resource-of-region", "It is a region's, and changes there.")
    kind, sent = sent["resourceType"], resolved(sent, feed)
    if await _is_of_directory(session, feed, id_, sent):
        created = await directory.put_resource(session, feed, id_, sent, if_match)
        return Applied(id_, created, await read(session, kind, id_, feed.asked))
    own = await with_own_id(session, feed, id_, sent)
    if own is not None:
        return await update_matching(session, feed, own[1], own[0], if_match)
    sent = await with_codes(session, sent)
    if kind == terms.LOCATION and await is_new(session, feed, id_):
        _unless_expected(if_match)
        with pointing_at(kind):
            await create_location(session, feed, sent, terms.unit_of_id(id_))
        return await _applied(session, feed, id_, sent, created=True)
    with pointing_at(kind):
        changed = await _FED[sent["resourceType"]][1](session, feed, id_, sent, if_match)
    return await _applied(session, feed, changed, sent, created=False)


async def update_matching(
    session: AsyncSession, feed: Feed, query: str, sent: Resource, if_match: str | None
) -> Applied:
    """What the condition finds, as it was sent, or a new one. Raises PreconditionFailed `matches-several`."""
    found = await matching(session, feed, sent["resourceType"], query)
    if found is None:
        _unless_expected(if_match)
        return await create(session, feed, sent, None)
    return await update(session, feed, found, {**sent, "id": found}, if_match)


async def _is_of_directory(session: AsyncSession, feed: Feed, id_: str, sent: Resource) -> bool:
    """Whether a resource is none of Steward's records: by what is there, else by what it says itself."""
    kind = sent["resourceType"]
    if kind != terms.LOCATION:
        return is_directory(kind, sent)
    if not await is_new(session, feed, id_):
        return False
    if is_directory(kind, sent):
        return True
    if await directory.is_stored(session, kind, id_):
        raise wrong("/Location/type", "level-order", "The Location is no unit, and does not become one.")
    return False


def _unless_expected(if_match: str | None) -> None:
    """Pass for a change that names no version: what is not there has none (RFC 9110 section 13.1.1)."""
    if if_match is not None:
        raise PreconditionFailed("stale-etag", "The resource is not there, or not any more.")


async def _applied(session: AsyncSession, feed: Feed, id_: str, sent: Resource, *, created: bool) -> Applied:
    """Store what says more than Steward's fields, and read the resource as everybody does."""
    kind = sent["resourceType"]
    try:
        shown = await read(session, kind, id_, feed.asked, plain=True)
    except NotFound:
        return Applied(id_, created, None)
    if kind == terms.LOCATION:
        sent, boundary = detached(sent)
        await store_boundary(session, id_, boundary, of_unit=True)
    key = str(keys_of(kind, [id_])[0])
    elements = as_sent.to_store(await of_directory(session, sent), shown)
    stated = {name: each["sent"] for name, each in elements.items()}
    found_by = directory_terms.references({"resourceType": kind, **stated})
    mine = sa.and_(sent_resource.c.kind == kind, sent_resource.c.key == key)
    if elements:
        values = {"elements": elements, "terms": found_by}
        row = insert(sent_resource).values(kind=kind, key=key, **values)
        keys = [sent_resource.c.kind, sent_resource.c.key]
        await session.execute(row.on_conflict_do_update(index_elements=keys, set_=values))
    else:
        await session.execute(sa.delete(sent_resource).where(mine))
    return Applied(id_, created, as_sent.overlaid(shown, elements))
