"""After a restoration from a backup: a service says again what it publishes to its hub.

The epoch counts restorations and is kept outside the database, so a database that came back from a
backup shows by its own, lower one that the hub may have newer versions of what it holds. Figures
are ordered by (epoch, version): sent again under the new epoch, they are right with old versions.
"""

import logging
from collections.abc import Awaitable, Callable

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.settings import Settings

log = logging.getLogger("steward.epochs")
Resend = Callable[[AsyncSession], Awaitable[None]]

# Replicas start together: one sends again, the others find its epoch.
_LOCK = sa.text("select pg_advisory_xact_lock(hashtextextended('instance-epoch', 0))")
_FIRST = sa.text("insert into instance_epoch (epoch) values (1) on conflict do nothing")
_STORED = sa.text("select epoch from instance_epoch")
_RAISE = sa.text("update instance_epoch set epoch = :epoch")


def tables(metadata: sa.MetaData) -> None:
    """Add the table with one row, the epoch in which this database was last at work."""
    sa.Table(
        "instance_epoch",
        metadata,
        sa.Column("one_row", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.CheckConstraint("one_row", name="one_row"),
    )


def step(settings: Settings, resend: Resend) -> Callable[[Database], Awaitable[None]]:
    """A start-up step of `shared.app.build`: in a new epoch, `resend` puts all current states into the outbox.

    That and the raised epoch are one transaction: a crash in between sends everything again, never
    nothing. An instance without a federation has nobody to tell.
    """

    async def enter(database: Database) -> None:
        async with database.session() as session:
            await session.execute(_LOCK)
            await session.execute(_FIRST)
            stored = await session.scalar(_STORED)
            if settings.epoch < stored:
                log.error("epoch %d is below the database's %d: a hub ignores it", settings.epoch, stored)
            if settings.epoch <= stored:
                return
            if settings.federation != "none":
                await resend(session)
            await session.execute(_RAISE, {"epoch": settings.epoch})
            log.warning("entered epoch %d after %d", settings.epoch, stored)

    return enter
