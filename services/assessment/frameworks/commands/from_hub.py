"""Framework versions that a hub published become versions here, published and for ever."""

import logging
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import frameworks, given_profiles
from services.assessment.tables.frameworks import framework_version
from shared import clock
from shared.errors import Invalid
from shared.events.assessment import FrameworkContent, FrameworkPublished
from shared.messaging.batches import Unreadable
from shared.telemetry.metrics import PUBLICATIONS_REFUSED

log = logging.getLogger("steward.assessment")


class UnreadableFramework(Unreadable):
    """Content that this software cannot work with: a dead letter, to be replayed after the upgrade."""


async def adopt(session: AsyncSession, event: FrameworkPublished) -> None:
    """Store a version that this instance lacks; what it has of that number already stays as it is.

    Other content under the same number is refused, logged and counted. Raises UnreadableFramework.
    """
    code, number, content = event.framework_code, event.framework_version, event.content
    if content is None:
        return
    row = await frameworks.locked(session, code, number)
    if row is not None and row["state"] == "published":
        if frameworks.document(row) != content.document:
            PUBLICATIONS_REFUSED.labels("assessment").inc()
            log.error("the hub's version %d of %s differs from the one here; refused", number, code)
        return
    resolved = await _read(session, event, content)
    if row is not None:
        await _make_way(session, row)
    await store(session, content.document, resolved, content.published_at)
    await given_profiles.take(session, content.role_profiles, content.published_at)


async def store(
    session: AsyncSession, document: dict[str, Any], resolved: dict[str, Any], published_at: Any
) -> None:
    """Store a version as published, also one that comes after a later one."""
    core = document.get("framework", {})
    values = {
        "framework_code": document["code"],
        "framework_version": document["version"],
        "state": "published",
        "content": document,
        "resolved": resolved,
        "core_code": core.get("code"),
        "core_version": core.get("version"),
        "published_at": published_at,
        "changed_at": clock.now(),
    }
    await session.execute(sa.insert(framework_version).values(values))


async def _read(
    session: AsyncSession, event: FrameworkPublished, content: FrameworkContent
) -> dict[str, Any]:
    """The content as it will be asked here, which must be what the hub says that it asks."""
    named = f"{event.framework_code} {event.framework_version}"
    if content.format > frameworks.FORMAT or not given_profiles.fit(content.role_profiles):
        raise UnreadableFramework(f"{named} is of a later software")
    try:
        resolved = await frameworks.resolve(session, content.document)
    except (Invalid, LookupError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableFramework(f"{named} cannot be used here") from error
    # Earlier software published fewer languages than the texts have.
    missing = set(event.languages) - set(resolved["languages"])
    if event.item_codes != frameworks.item_codes(resolved) or missing:
        raise UnreadableFramework(f"{named} asks something else here, its core differs")
    return resolved


async def _make_way(session: AsyncSession, draft: sa.RowMapping) -> None:
    """A draft of this instance's own under the hub's number gets the next free one."""
    table = framework_version.c
    of_code = table.framework_code == draft["framework_code"]
    last = await session.scalar(sa.select(sa.func.max(table.framework_version)).where(of_code))
    moved = framework_version.update().where(of_code, table.framework_version == draft["framework_version"])
    content = {name: value for name, value in draft["content"].items() if name != "version"}
    values = {"framework_version": (last or 0) + 1, "content": content, "version": table.version + 1}
    await session.execute(moved.values(**values))
    log.warning("the draft %(framework_code)s %(framework_version)d gave way to the hub's version", draft)
