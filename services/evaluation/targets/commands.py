"""Targets of this instance's own; those of a hub come down, those of a region go up and hold there first."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.tables.targets import national_target, target
from shared import clock
from shared.events.evaluation import Target, TargetsPublished, TargetsSet
from shared.federation.replication import ONE_HUB, Own, Replicated, Row
from shared.messaging.subscriptions import Received
from shared.settings import Settings

_KEY = ("indicator", "period", "unit_code", "level")
OWN = Own[Target](
    up=lambda items: TargetsSet(items=items),
    down=lambda items, together: TargetsPublished(items=items, targets_version=together),
    together=sa.select(sa.func.sum(target.c.version)).where(~target.c.national),
)
OF_HUB = Replicated("target", target, ("national", *_KEY), f"stored.national and {ONE_HUB}")
REGIONAL = Replicated("own-target", national_target, ("region", *_KEY))


@dataclass(frozen=True, slots=True)
class Key:
    """What a target is of: one of `unit_code` and `level` is empty."""

    indicator: str
    period: str
    unit_code: str
    level: str


async def version_of(session: AsyncSession, key: Key) -> int | None:
    """The version of an own target, None where none was ever set."""
    held = sa.select(target.c.version).where(~target.c.national, *_is(key))
    version: int | None = await session.scalar(held.with_for_update())
    return version


async def put(session: AsyncSession, settings: Settings, key: Key, value: int | None) -> dict[str, Any]:
    """Set an own target, or withdraw it (None); returns the row."""
    statement = insert(target).values(
        national=False, **asdict(key), epoch=0, version=1, value=value, set_at=clock.now()
    )
    raised = {"version": target.c.version + 1, "value": value, "set_at": clock.now()}
    statement = statement.on_conflict_do_update(index_elements=["national", *_KEY], set_=raised)
    row = dict((await session.execute(statement.returning(target))).mappings().one())
    await OWN.publish(session, settings, [_item(row)], "targets")
    return row


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Put all own targets into the outbox, with the versions they have."""
    own = sa.select(target).where(~target.c.national).order_by(*(target.c[name] for name in _KEY))
    rows = (await session.execute(own)).mappings().all()
    await OWN.publish(session, settings, [_item(dict(row)) for row in rows], "targets", least=1)


async def take(session: AsyncSession, event: Received[TargetsPublished]) -> None:
    """In a region: store the hub's, each where it is newer."""
    of_hub = {"national": True, "set_at": clock.now()}
    await OF_HUB.take_of_hub(session, event, [_row(item) | of_hub for item in event.data.items])


async def take_regional(session: AsyncSession, events: Sequence[Received[TargetsSet]]) -> None:
    """At a hub: store the newest of each region's own."""
    await REGIONAL.take(session, ((event, map(_row, event.data.items)) for event in events))


def _row(item: Target) -> dict[str, Any]:
    key = Key(item.indicator, item.period, item.unit_code or "", item.unit_level or "")
    return {**asdict(key), "version": item.version, "value": item.value}


def _item(row: Row) -> Target:
    return Target(
        indicator=row["indicator"],
        period=row["period"],
        unit_code=row["unit_code"] or None,
        unit_level=row["level"] or None,
        version=row["version"],
        value=row["value"],
    )


def _is(key: Key) -> list[sa.ColumnElement[bool]]:
    return [target.c[name] == value for name, value in asdict(key).items()]
