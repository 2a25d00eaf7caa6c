"""Definitions of indicators, published at a hub and taken over by its regions."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue import queries as catalogue
from services.evaluation.catalogue.definitions import Definition, alike, problems, published_part
from services.evaluation.catalogue.queries import delivered
from services.evaluation.tables.targets import definition
from shared import clock
from shared.database.engine import Database, lock
from shared.errors import Conflict, Invalid
from shared.events.evaluation import IndicatorDefinition, IndicatorsPublished
from shared.events.framework import COMPETENCIES
from shared.federation.replication import ONE_HUB, Own, Replicated, Row
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

log = logging.getLogger("steward.evaluation")

AGGREGATE = "indicators"
OWN_EPOCH = 0  # of what this instance published itself: before any that a hub speaks in
# Replicas start together: one publishes, the others find everything in place. Changes wait for one another.
LOCK = "evaluation-definitions"
OF_HUB = Replicated("definition", definition, ("code",), f"stored.epoch > {OWN_EPOCH} and {ONE_HUB}")
OWN = Own[IndicatorDefinition](
    up=None,  # a nation has one definition
    down=lambda items, together: IndicatorsPublished(items=items, indicators_version=together),
    together=sa.select(sa.func.sum(definition.c.version)),
    pieces=outbox.parts,
)


def load(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: at a hub what this release delivers is published where it is newer."""

    async def deliver(database: Database) -> None:
        if settings.federation == "hub":
            async with database.session() as session:
                await publish(session, settings, list(delivered().values()))

    return deliver


async def publish(session: AsyncSession, settings: Settings, definitions: Sequence[Definition]) -> int:
    """Publish those that are newer than what was published; returns how many."""
    await lock(session, LOCK)
    versions = {code: content["version"] for code, content in await _published(session)}
    newer = [item for item in definitions if item["version"] > versions.get(item["code"], 0)]
    if newer:
        await _store(session, newer)
        await OWN.publish(session, settings, list(map(item_of, newer)), AGGREGATE)
    return len(newer)


async def hold(session: AsyncSession, settings: Settings, code: str) -> int | None:
    """Hold definitions for a change; the version that holds of one, None where there is none.

    Raises Conflict `definitions-of-hub` in a region.
    """
    if settings.federation == "region":
        raise Conflict("definitions-of-hub", "Definitions of indicators come from this region's hub.")
    await lock(session, LOCK)
    known = (await catalogue.indicators(session)).get(code)
    return None if known is None else known["version"]


async def put(session: AsyncSession, settings: Settings, code: str, wanted: dict[str, Any]) -> Definition:
    """Publish a definition as the next version, unless the one that holds says the same; returns what holds.

    Raises Invalid `definition-invalid` with a pointer to each field that is wrong. Call `hold` first.
    """
    known = await catalogue.indicators(session)
    before = known.get(code)
    version = before["version"] if before else 0
    content = {"code": code, "version": version + 1, **wanted}
    errors = problems(content, known, COMPETENCIES)
    if errors:
        raise Invalid("definition-invalid", "This definition cannot be published.", errors)
    if before is not None and alike(before, {**content, "version": version}):
        return before
    await _store(session, [content])
    await OWN.publish(session, settings, [item_of(content)], AGGREGATE)
    return (await catalogue.indicators(session))[code]


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Put every definition that was published into the outbox again."""
    found = [item_of(content) for _, content in await _published(session)]
    await OWN.publish(session, settings, found, AGGREGATE, least=1)


async def take(session: AsyncSession, event: Received[IndicatorsPublished]) -> None:
    """In a region: store the hub's, each where it is newer; which one holds is decided on reading."""
    contents = list(map(content_of, event.data.items))
    if await OF_HUB.take_of_hub(session, event, map(_row, contents)):
        await _check_numbers(session, event.epoch, contents)


async def _check_numbers(session: AsyncSession, epoch: int, contents: Sequence[Definition]) -> None:
    """Log where a hub gave out one number twice in an epoch: the second definition was not stored."""
    numbered = {(content["code"], content["version"]): content for content in contents}
    columns = (definition.c.code, definition.c.version, definition.c.content)
    stored = sa.select(*columns).where(
        definition.c.epoch == epoch, definition.c.code.in_({code for code, _ in numbered})
    )
    for code, version, content in await session.execute(stored):
        if not alike(content, numbered.get((code, version), content)):
            log.error("the hub's indicator %s version %s differs from the one that it said", code, version)


def item_of(content: Definition) -> IndicatorDefinition:
    """A definition as it is published."""
    named = {"title" if key == "name" else key: value for key, value in published_part(content).items()}
    return msgspec.convert(named, IndicatorDefinition)


def content_of(item: IndicatorDefinition) -> Definition:
    """A definition as the catalogue has it."""
    content: Definition = msgspec.to_builtins(item)
    return {"name" if key == "title" else key: value for key, value in content.items()}


async def _published(session: AsyncSession) -> list[tuple[str, Definition]]:
    rows = await session.execute(
        sa.select(definition.c.code, definition.c.content).order_by(definition.c.code)
    )
    return [(code, content) for code, content in rows]


async def _store(session: AsyncSession, definitions: Sequence[Definition]) -> None:
    """Store what this instance publishes itself."""
    state = {"epoch": OWN_EPOCH, "received_at": clock.now()}
    statement = insert(definition).values([{**_row(item), **state} for item in definitions])
    taken = {name: statement.excluded[name] for name in ("epoch", "version", "content", "received_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["code"], set_=taken))


def _row(item: Definition) -> Row:
    return {"code": item["code"], "version": item["version"], "content": published_part(item)}
