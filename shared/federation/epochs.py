"""Epochs: how often an instance was restored from a backup, and what it publishes again afterwards.

The epoch is stored outside the database. A database that comes back from a backup has a lower one, which
shows that other instances may hold newer versions of its states. States are ordered by (epoch, version), so a
state that is published again in the new epoch replaces a newer version of the old one. What was published
in the days that the backup lacks is not published again: readers delete it with the first event of the new
epoch.

An instance also publishes everything at its first start as a member or hub of a federation, in the epoch that
it has: what it wrote before was never published to others.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Database, lock, raw
from shared.messaging.subscriptions import Received
from shared.settings import Settings

log = logging.getLogger("steward.epochs")
Resend = Callable[[AsyncSession], Awaitable[None]]

LOCK = "instance-epoch"  # replicas start together: one sends again, the others find its epoch
# The epoch of each instance in the events, with its epoch so far (0 where it had none).
_HEARD = """
with said as (
    select instance, max(epoch) as epoch from unnest($2::text[], $3::int[]) as n(instance, epoch) group by instance
),
known as (select h.instance, h.epoch from heard_epoch h join said using (instance) where h.kind = $1),
held as (
    insert into heard_epoch as h (kind, instance, epoch) select $1, instance, epoch from said order by instance
    on conflict (kind, instance) do update set epoch = greatest(h.epoch, excluded.epoch)
    returning instance, epoch
)
select held.instance, held.epoch, coalesce(known.epoch, 0) as before from held left join known using (instance)
"""


def tables(metadata: sa.MetaData) -> None:
    """Add the epoch in which this database was last at work (one row), and those that others were heard in."""
    sa.Table(
        "instance_epoch",
        metadata,
        sa.Column("one_row", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("federation", sa.Text, comment="none, region or hub at the last start"),
        sa.CheckConstraint("one_row", name="one_row"),
    )
    sa.Table(
        "heard_epoch",
        metadata,
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("instance", sa.Text, primary_key=True),
        sa.Column("epoch", sa.Integer, nullable=False),
    )


_metadata = sa.MetaData()
tables(_metadata)
_instance = _metadata.tables["instance_epoch"]  # for statements in whichever service's database


def step(settings: Settings, resend: Resend) -> Callable[[Database], Awaitable[None]]:
    """A start-up step of `shared.app.build`: in a new epoch, `resend` puts all current states into the outbox.

    The same happens at the first start as a region or as a hub. Sending and remembering the epoch are one
    transaction: a crash in between sends everything again, never nothing. An instance without a federation
    sends nothing.
    """

    async def enter(database: Database) -> None:
        async with database.session() as session:
            await lock(session, LOCK)
            first = {"epoch": 1, "federation": settings.federation}
            await session.execute(insert(_instance).values(first).on_conflict_do_nothing())
            stored = (await session.execute(sa.select(_instance.c.epoch, _instance.c.federation))).one()
            if settings.epoch < stored.epoch:
                log.error(
                    "epoch %d is below the database's %d: a hub ignores it", settings.epoch, stored.epoch
                )
            if settings.epoch <= stored.epoch and settings.federation == stored.federation:
                return
            if settings.federation != "none":
                await resend(session)
            entered = {"epoch": sa.func.greatest(_instance.c.epoch, settings.epoch)}
            await session.execute(sa.update(_instance).values(federation=settings.federation, **entered))
            known = stored.epoch, stored.federation
            log.warning(
                "entered (epoch, federation) %s after %s", (settings.epoch, settings.federation), known
            )

    return enter


async def is_new(session: AsyncSession, settings: Settings) -> bool:
    """Whether the instance was restored since this database was last at work; False for an empty one."""
    stored = await session.scalar(sa.select(_instance.c.epoch))
    return stored is not None and settings.epoch > stored


async def in_region(session: AsyncSession) -> bool:
    """Whether this instance takes over what a hub publishes. A hub receives its own publications too."""
    return bool(await session.scalar(sa.select(_instance.c.federation == "region")))


async def latest(
    session: AsyncSession, kind: str, events: Sequence[Received[Any]], forget: str
) -> dict[str, int]:
    """The latest epoch in which each instance of `events` published `kind`; events of earlier ones are ignored.

    Where an event begins a later epoch, the statement `forget` deletes what is stored of the earlier ones; its
    parameters are the instance and the epoch that begins.
    """
    if not events:
        return {}
    connection = await raw(session)
    spoken = [event.instance for event in events], [event.epoch for event in events]
    rows = await connection.fetch(_HEARD, kind, *spoken)
    for row in rows:
        if row["before"] < row["epoch"]:
            await connection.execute(forget, row["instance"], row["epoch"])
    return {row["instance"]: row["epoch"] for row in rows}
