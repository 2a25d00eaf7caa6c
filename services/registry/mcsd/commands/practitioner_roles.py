"""A PractitionerRole that was sent becomes a post, by the commands of posts."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import may_keep
from services.registry.mcsd import sent_people, terms
from services.registry.mcsd.commands.keepers import unit_of
from services.registry.mcsd.commands.references import PLACES, Feed, matching, referred_id
from services.registry.mcsd.commands.versions import unless_stale
from services.registry.mcsd.queries.search import unknown
from services.registry.mcsd.search_terms import uuids
from services.registry.mcsd.sent_people import Identifier, Post, Sent, wrong
from services.registry.posts.commands.identifiers import identify_post
from services.registry.posts.commands.posts import change_post, create_post, find_post, withdraw_post
from services.registry.posts.queries import get_post, is_inside
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer, writer_of, writer_of_one
from shared import clock
from shared.auth import rights
from shared.database.engine import raw
from shared.directory.authorization import require_unit
from shared.errors import NotFound

KEEP = "post.keep"
_AT = "/PractitionerRole"


async def create_role(session: AsyncSession, feed: Feed, sent: Sent) -> str:
    """A new post of a person whom the caller keeps, at a unit of theirs. Returns its id."""
    rights.require(feed.asked.caller, KEEP)
    post = sent_people.post(sent, clock.today())
    values = await _values(session, feed, post)
    writers = [await _writer(session, feed, each) for each in post.identifiers]
    connection = await raw(session)
    first = writers[0] if writers else await writer_of_one(connection, feed.asked.caller, None, "posts", None)
    values["external_id"] = post.identifiers[0][1] if post.identifiers else None
    created = await create_post(session, values, first)
    for (_, value, _), writer in list(zip(post.identifiers, writers, strict=True))[1:]:
        await identify_post(session, await find_post(session, created), value, writer)
    return str(created)


async def update_role(session: AsyncSession, feed: Feed, id_: str, sent: Sent, if_match: str | None) -> str:
    """The post as the resource says it is. Raises as `change_post`: days that are past stay as they were."""
    caller = feed.asked.caller
    rights.require(caller, KEEP)
    post_id = _post_id(id_)
    try:
        shown = await get_post(session, caller, post_id)
    except NotFound:
        raise unknown() from None
    await require_unit(session, caller, KEEP, shown["unit_code"])
    post = sent_people.post(sent, shown["valid_from"])
    values = await _values(session, feed, post)
    writers = [await _writer(session, feed, each) for each in post.identifiers]
    for writer in writers:
        await share_imports(session, writer.source)
    stored = await find_post(session, post_id)
    unless_stale(if_match, stored["version"])
    if values.pop("person_id") != stored["person_id"]:
        raise wrong(f"{_AT}/practitioner", "person-differs", "A post stays with its person; send a new one.")
    began = min(values["valid_from"], stored["valid_from"])  # a first day that was moved hides no past days
    if not post.active and began >= clock.today():
        await withdraw_post(session, post_id, caller.subject_key)
        return id_
    changed = await change_post(session, post_id, values, caller.subject_key)
    for (_, value, _), writer in zip(post.identifiers, writers, strict=True):
        await identify_post(session, await find_post(session, changed), value, writer)
    return str(changed)


async def _values(session: AsyncSession, feed: Feed, post: Post) -> dict[str, Any]:
    """Columns of `post`, with references resolved; a role that is not active ended yesterday at the latest."""
    values = dict(post.values)
    at = f"{_AT}/practitioner"
    person = await referred_id(session, feed, (terms.PRACTITIONER,), post.practitioner, at)
    values["person_id"] = await _own_person(session, feed, person)
    place = await _place(session, feed, post)
    values["unit_code"], values["manager_post_id"] = place, await _manager(session, feed, post)
    yesterday = clock.today() - timedelta(days=1)
    if not post.active and values["valid_from"] <= yesterday:
        values["valid_to"] = min(values["valid_to"] or yesterday, yesterday)
    return values


async def _place(session: AsyncSession, feed: Feed, post: Post) -> str:
    """The unit of a post: the first of its places that is one, else the one that the first belongs to."""
    behind = None
    for kind, reference in post.places:
        at = f"{_AT}/{kind.lower()}"
        id_ = await referred_id(session, feed, (kind, *PLACES), reference, at)
        place = terms.unit_of_id(id_)
        try:
            await require_unit(session, feed.asked.caller, KEEP, place)
        except NotFound:
            behind = behind or await unit_of(session, kind, id_)
            continue
        return place
    if behind is None:
        kind, _ = post.places[0]
        raise wrong(f"{_AT}/{kind.lower()}", "reference-unresolved", f"There is no such {kind}.")
    await require_unit(session, feed.asked.caller, KEEP, behind)
    return behind


async def _own_person(session: AsyncSession, feed: Feed, text: str) -> UUID:
    """A person whose record the caller keeps; nobody learns who else there is."""
    if not uuids([text]):  # an id that its source gave
        text = await matching(session, feed, terms.PRACTITIONER, f"identifier={quote(text, safe='')}") or ""
    for found in uuids([text]):
        try:
            await may_keep(session, feed.asked.caller, found)
        except NotFound:
            break
        return found
    raise wrong(
        f"{_AT}/practitioner", "reference-unresolved", "There is no such Practitioner, or none of yours."
    )


async def _manager(session: AsyncSession, feed: Feed, post: Post) -> UUID | None:
    if post.manager is None:
        return None
    at = f"{_AT}/extension"
    text = await referred_id(session, feed, (terms.ROLE_OF,), post.manager, at)
    for found in uuids([text]):
        if await is_inside(session, feed.asked.caller, found):
            return found
    raise wrong(at, "manager-unknown", "There is no such post inside your units.")


async def _writer(session: AsyncSession, feed: Feed, identifier: Identifier) -> Writer:
    system, _, at = identifier
    return await writer_of(await raw(session), feed.asked.caller, system, "posts", f"{at}/system")


def _post_id(text: str) -> UUID:
    found = uuids([text])
    if not found:
        raise unknown()
    return found[0]
