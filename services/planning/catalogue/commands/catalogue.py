"""The delivered catalogue taken over at start-up, and the limits of plans."""

from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.content import entry, entry_content
from services.planning.tables.catalogue import catalogue, intervention, limits
from shared import clock
from shared.database.engine import Database, lock
from shared.events.planning import CataloguePublished
from shared.messaging import outbox
from shared.settings import Settings

LOCK = "planning-catalogue"  # replicas start together: one loads, the others find everything in place


def load(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: the delivered catalogue becomes current when it is newer; a region keeps that to itself."""

    async def deliver(database: Database) -> None:
        async with database.session() as session:
            await lock(session, LOCK)
            await publish(session, delivered(), announce=settings.federation != "region")

    return deliver


def delivered() -> dict[str, Any]:
    """The catalogue of this release."""
    found: dict[str, Any] = orjson.loads(
        files("services.planning").joinpath("content", "catalogue.json").read_bytes()
    )
    return found


async def resend(session: AsyncSession) -> None:
    """Put the catalogue of this release into the outbox again; in a region it goes nowhere."""
    await _announce(session, delivered())


async def publish(session: AsyncSession, content: dict[str, Any], *, announce: bool = True) -> bool:
    """Make `content` the current catalogue; False when its version is not newer than the current one.

    Interventions that it drops are no longer offered and stay for the plans that name them. Entries of
    this instance's own and of its hub stay as they are, also where it has one of the same code.
    """
    version = content["version"]
    if version <= (await session.scalar(sa.select(sa.func.max(catalogue.c.version))) or 0):
        return False
    await session.execute(sa.insert(catalogue).values(version=version, published_at=clock.now()))
    of_catalogue = sa.and_(intervention.c.own_version.is_(None), intervention.c.hub_version.is_(None))
    await session.execute(sa.update(intervention).where(of_catalogue).values(offered=False))
    rows = [row_of(version, item) for item in content["interventions"]]
    statement = insert(intervention).values(rows)
    taken = {name: statement.excluded[name] for name in rows[0] if name != "code"}
    statement = statement.on_conflict_do_update(index_elements=["code"], set_=taken, where=of_catalogue)
    await session.execute(statement)
    if announce:
        await _announce(session, content)
    return True


async def take(session: AsyncSession, event: CataloguePublished) -> None:
    """Take over what the hub published; what this instance published itself it has already."""
    if event.interventions:
        await lock(session, LOCK)
        content = [entry_content(item) for item in event.interventions]
        await publish(session, {"version": event.catalogue_version, "interventions": content}, announce=False)


async def _announce(session: AsyncSession, content: dict[str, Any]) -> None:
    event = CataloguePublished(
        catalogue_version=content["version"],
        intervention_codes=sorted(item["code"] for item in content["interventions"]),
        interventions=[entry(item) for item in content["interventions"]],
    )
    await outbox.add(session, event, aggregate_id="catalogue", version=content["version"])


def row_of(version: int, item: dict[str, Any]) -> dict[str, Any]:
    """An intervention as it is stored, offered since catalogue `version`."""
    return {
        "code": item["code"],
        "catalogue_version": version,
        "offered": True,
        "approach": item["approach"],
        "delivery": item["delivery"],
        "levels": item["levels"],
        "competencies": [part["code"] for part in item["competencies"]],
        "content": item,
    }


async def set_limits(session: AsyncSession, unit_code: str, values: dict[str, int]) -> dict[str, Any]:
    """Set what plans of the unit's subtree may take, for plans proposed from now on."""
    statement = insert(limits).values(unit_code=unit_code, **values)
    changed = {**values, "version": limits.c.version + 1}
    statement = statement.on_conflict_do_update(index_elements=["unit_code"], set_=changed)
    return dict((await session.execute(statement.returning(limits))).mappings().one())
