"""Definitions of indicators, published at a hub and taken over by its regions."""

import logging
from collections.abc import Awaitable, Callable, Sequence

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.definitions import Definition, alike, told
from services.evaluation.queries.catalogue import delivered
from services.evaluation.tables.targets import definition
from shared import clock, outbox
from shared.consumers import Received
from shared.database import Database
from shared.events.evaluation import IndicatorDefinition, IndicatorsPublished
from shared.settings import Settings

log = logging.getLogger("steward.evaluation")

AGGREGATE = "indicators"
# Replicas start together: one publishes, the others find everything in place.
_LOCK = sa.text("select pg_advisory_xact_lock(hashtextextended('evaluation-definitions', 0))")


def load(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: at a hub what this release delivers is published where it is newer."""

    async def deliver(database: Database) -> None:
        if settings.federation == "hub":
            async with database.session() as session:
                await publish(session, list(delivered().values()))

    return deliver


async def publish(session: AsyncSession, definitions: Sequence[Definition]) -> int:
    """Publish those that are newer than what was published; returns how many."""
    await session.execute(_LOCK)
    versions = {code: content["version"] for code, content in await _published(session)}
    newer = [item for item in definitions if item["version"] > versions.get(item["code"], 0)]
    if newer:
        await _keep(session, newer)
        await _send(session, newer)
    return len(newer)


async def resend(session: AsyncSession) -> None:
    """Put every definition that was published into the outbox again."""
    found = [content for _, content in await _published(session)]
    if found:
        await _send(session, found)


async def take(session: AsyncSession, event: Received[IndicatorsPublished]) -> None:
    """Take over what the hub published and is newer; the same version with other content is refused."""
    await session.execute(_LOCK)
    known = delivered() | dict(await _published(session))
    newer = {}
    for item in map(content_of, event.data.items):
        code = item["code"]
        versions = [found for found in (delivered().get(code), known.get(code)) if found is not None]
        same = [found for found in versions if found["version"] == item["version"]]
        if any(not alike(found, item) for found in same):
            log.error("the hub's indicator %s version %s differs from the one known", code, item["version"])
        elif all(found["version"] < item["version"] for found in versions):
            newer[code] = item
    if newer:
        await _keep(session, list(newer.values()))


def item_of(content: Definition) -> IndicatorDefinition:
    """A definition as it is published."""
    named = {"title" if key == "name" else key: value for key, value in told(content).items()}
    return msgspec.convert(named, IndicatorDefinition)


def content_of(item: IndicatorDefinition) -> Definition:
    """A definition as the catalogue has it."""
    told_again: Definition = msgspec.to_builtins(item)
    return {"name" if key == "title" else key: value for key, value in told_again.items()}


async def _published(session: AsyncSession) -> list[tuple[str, Definition]]:
    rows = await session.execute(
        sa.select(definition.c.code, definition.c.content).order_by(definition.c.code)
    )
    return [(code, content) for code, content in rows]


async def _keep(session: AsyncSession, definitions: Sequence[Definition]) -> None:
    rows = [
        {"code": item["code"], "version": item["version"], "content": told(item), "received_at": clock.now()}
        for item in definitions
    ]
    statement = insert(definition).values(rows)
    taken = {name: statement.excluded[name] for name in ("version", "content", "received_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=taken))


async def _send(session: AsyncSession, definitions: Sequence[Definition]) -> None:
    items = list(map(item_of, definitions))
    together = await session.scalar(sa.select(sa.func.sum(definition.c.version)))
    await outbox.add_many(
        session,
        [
            (
                IndicatorsPublished(items=list(part), indicators_version=together),
                AGGREGATE,
                max(item.version for item in part),
            )
            for part in outbox.chunks(items)
        ],
    )
