"""Which record a reference in a resource means, and which one an identifier finds."""

from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.conditions import PARAMETERS
from services.registry.mcsd.queries.search import find
from services.registry.mcsd.search_request import search
from services.registry.mcsd.sent_people import wrong
from shared.errors import PreconditionFailed


class Feed(NamedTuple):
    """Who feeds, and what the addresses within a transaction stand for: `urn:uuid:...` -> `Kind/id`."""

    asked: Asked
    known: Mapping[str, str]
    # Resources of the directory whose references are looked at once all entries are stored; None: at once.
    unsettled: list[tuple[str, str]] | None = None


async def referred_id(session: AsyncSession, feed: Feed, kinds: tuple[str, ...], text: str, at: str) -> str:
    """The id that a reference means: within the transaction, on this server, or by an identifier.

    Raises Invalid `reference-unresolved`, at `at`.
    """
    text = feed.known.get(text, text)
    for base in feed.asked.bases:
        text = text.removeprefix(f"{base}/")
    kind, _, rest = text.partition("/")
    if kind in kinds and rest and "/" not in rest:
        return rest
    kind, _, query = text.partition("?")
    if kind in kinds and query:
        found = await matching(session, feed, kind, query)
        if found is not None:
            return found
    raise wrong(at, "reference-unresolved", f"A reference to a {kinds[0]} of this server is expected.")


async def matching(session: AsyncSession, feed: Feed, kind: str, query: str) -> str | None:
    """The id of the only resource that a search finds, None for none.

    Raises PreconditionFailed `matches-several`, BadRequest `search-invalid`.
    """
    pairs = [
        pair for pair in parse_qsl(query, keep_blank_values=True, max_num_fields=20) if pair[0] != "_format"
    ]
    wanted = search(kind, pairs, PARAMETERS[kind])
    if not wanted.conditions:
        raise wrong(f"/{kind}", "search-invalid", "A condition such as identifier=system|value is expected.")
    wanted.count = 2
    found = (await find(session, wanted, feed.asked)).matches
    if len(found) > 1:
        raise PreconditionFailed("matches-several", "The condition finds several resources.")
    return str(found[0]["id"]) if found else None


PLACES = (terms.ORGANIZATION, terms.LOCATION)


def resolved(value: Any, feed: Feed) -> Any:
    """A resource with the addresses of its transaction, and those on this server, as `Kind/id`."""
    if isinstance(value, list):
        return [resolved(each, feed) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: resolved(each, feed) for name, each in value.items()}
    if isinstance(text := found.get("reference"), str):
        text = feed.known.get(text, text)
        for base in feed.asked.bases:
            text = text.removeprefix(f"{base}/")
        found["reference"] = text
    return found
