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
from shared.events.event import Event
from shared.federation import epochs
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

_KEY = ("indicator", "period", "unit_code", "level")
_STATE = ("epoch", "version", "value")
_FORGET = "delete from target where national and $1 <> '' and epoch < $2"  # they are of one hub
_FORGET_REGIONAL = "delete from national_target where region = $1 and epoch < $2"


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
    await _send(session, settings, [row])
    return row


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Put all own targets into the outbox, with the versions they have."""
    own = sa.select(target).where(~target.c.national).order_by(*(target.c[name] for name in _KEY))
    rows = (await session.execute(own)).mappings().all()
    await _send(session, settings, [dict(row) for row in rows], least=1)


async def take(session: AsyncSession, event: Received[TargetsPublished]) -> None:
    """In a region: keep the hub's, each where it is newer."""
    if not await epochs.in_region(session):
        return
    latest = await epochs.latest(session, "target", [event], _FORGET)
    if event.epoch < latest[event.instance]:
        return
    rows = _newest([(event.instance, event.epoch, item) for item in event.data.items])
    held = [{name: row[name] for name in (*_KEY, *_STATE)} | {"set_at": clock.now()} for row in rows]
    await _merge(session, target, [{"national": True, **row} for row in held], ("national", *_KEY))


async def take_regional(session: AsyncSession, events: Sequence[Received[TargetsSet]]) -> None:
    """At a hub: keep the newest of each region's own."""
    latest = await epochs.latest(session, "own-target", events, _FORGET_REGIONAL)
    said = [
        (event.instance, event.epoch, item)
        for event in events
        if event.epoch == latest[event.instance]
        for item in event.data.items
    ]
    rows = [{**row, "received_at": clock.now()} for row in _newest(said)]
    await _merge(session, national_target, rows, ("region", *_KEY))


def _newest(said: Sequence[tuple[str, int, Target]]) -> list[dict[str, Any]]:
    """One row a target, in the order of keys."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for region, epoch, item in said:
        key = (region, item.indicator, item.period, item.unit_code or "", item.unit_level or "")
        row = {"epoch": epoch, "version": item.version, "value": item.value}
        known = found.get(key)
        if known is None or (known["epoch"], known["version"]) < (epoch, item.version):
            found[key] = dict(zip(("region", *_KEY), key, strict=True)) | row
    return [found[key] for key in sorted(found)]


async def _merge(
    session: AsyncSession, table: sa.Table, rows: Sequence[dict[str, Any]], keys: Sequence[str]
) -> None:
    if not rows:
        return
    statement = insert(table).values(list(rows))
    new, old = statement.excluded, table.c
    later = sa.tuple_(old.epoch, old.version) < sa.tuple_(new.epoch, new.version)
    taken = {name: new[name] for name in rows[0] if name not in keys}
    await session.execute(statement.on_conflict_do_update(index_elements=list(keys), set_=taken, where=later))


async def _send(
    session: AsyncSession, settings: Settings, rows: Sequence[dict[str, Any]], least: int = 0
) -> None:
    if settings.federation == "none":
        return
    told: list[tuple[Event, str, int]] = []
    for part in outbox.chunks([_item(row) for row in rows], least=least):
        event: Event = TargetsSet(items=list(part))
        if settings.federation == "hub":
            event = TargetsPublished(items=list(part), targets_version=await _together(session))
        told.append((event, "targets", max((item.version for item in part), default=0)))
    await outbox.add_many(session, told)


async def _together(session: AsyncSession) -> int:
    """A version of all own targets: it rises with each change."""
    return int(await session.scalar(sa.select(sa.func.sum(target.c.version)).where(~target.c.national)) or 0)


def _item(row: dict[str, Any]) -> Target:
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
