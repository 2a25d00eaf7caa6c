"""A region says where it is spoken to and by which public keys; its hub stores what each region says."""

from collections.abc import Awaitable, Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.region_addresses import own_address, region_address
from shared.database.engine import Database, lock
from shared.events.registry import RegionAddressed
from shared.federation.replication import Replicated
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

ADDRESSES = Replicated("region-address", region_address, ("region",))
_LOCK = "own-address"  # replicas start together: one says it


def announce(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: in a region, say address and keys where they are others than said before."""

    async def say(database: Database) -> None:
        if settings.federation != "region":
            return
        async with database.session() as session:
            await lock(session, _LOCK)
            await _say(session, settings)

    return say


async def _say(session: AsyncSession, settings: Settings) -> None:
    now = {
        "address": settings.client_issuer,
        "sealing_key": settings.sealing_key,
        "signing_key": settings.signing_key,
    }
    stored = (await session.execute(sa.select(own_address))).mappings().one_or_none()
    if stored is not None and all(stored[name] == value for name, value in now.items()):
        return
    revision = stored["revision"] + 1 if stored is not None else 1
    values = {**now, "revision": revision}
    given = insert(own_address).values(values)
    await session.execute(given.on_conflict_do_update(index_elements=["one_row"], set_=values))
    await _publish(session)


async def resend(session: AsyncSession) -> None:
    """Say it once more, as it was said last."""
    if await session.scalar(sa.select(sa.true()).select_from(own_address)):
        await _publish(session)


async def _publish(session: AsyncSession) -> None:
    columns = own_address.c
    shown = sa.select(
        columns.revision, columns.address.label("gateway_url"), columns.sealing_key, columns.signing_key
    )
    event = RegionAddressed(**(await session.execute(shown)).mappings().one())
    await outbox.add(session, event, aggregate_id="region-address", version=event.revision)


async def take(session: AsyncSession, events: Sequence[Received[RegionAddressed]]) -> None:
    """Store the newest that each region says of itself."""
    await ADDRESSES.take(session, ((event, [_row(event.data)]) for event in events))


def _row(stated: RegionAddressed) -> dict[str, object]:
    return {
        "address": stated.gateway_url,
        "sealing_key": stated.sealing_key,
        "signing_key": stated.signing_key,
        "version": stated.revision,
    }
