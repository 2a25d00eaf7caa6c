"""At a hub: what FHIR shows of regions' units follows what the regions publish."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd.resources_of_regions import id_of
from services.registry.tables.units_of_regions import regional_unit as unit
from services.registry.tables.units_of_regions import regional_unit_version as version
from shared import clock
from shared.database.engine import Database, lock
from shared.events.registry import UnitsChanged
from shared.federation import regional_figures
from shared.federation.regional_tables import unit as published
from shared.messaging.subscriptions import Received
from shared.settings import Settings

AT_ONCE = 500  # units that are compared together
_COMPARED = ("parent_id", "level", "type", "name", "closed_on", "withdrawn")
_OF_REGION = ("region", "unit_code", "parent", "level", "type", "name", "closed_on")
_HEARD = sa.text("select instance, epoch from heard_epoch where kind = 'unit' and instance = any(:instances)")
Row = Any  # a mapping of columns


async def take_units(session: AsyncSession, events: Sequence[Received[UnitsChanged]]) -> None:
    """Take over units that regions published; a region that was restored has no others than it says again."""
    spoken = {"instances": [event.instance for event in events]}
    heard = {row.instance: row.epoch for row in await session.execute(_HEARD, spoken)}
    await regional_figures.take_units(session, events)
    named = {(event.instance, item.unit_code) for event in events for item in event.data.items}
    await _follow(session, await _published(session, named))
    for region in {each.instance for each in events if each.epoch > heard.get(each.instance, each.epoch)}:
        await _withdraw(session, region)


def follow_all(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step of a hub: what regions published before it showed units in FHIR. Safe to repeat."""

    async def step(database: Database) -> None:
        if settings.federation != "hub":
            return
        last = ("", "")
        while True:
            async with database.looking() as session:
                await lock(session, "units of regions in FHIR")
                key = sa.tuple_(published.c.region, published.c.unit_code)
                later = sa.select(*_names()).where(key > sa.tuple_(*map(sa.literal, last)), ~_is_followed())
                rows = (await session.execute(later.order_by(*key.clauses).limit(AT_ONCE))).mappings().all()
                await _follow(session, rows)
            if len(rows) < AT_ONCE:
                return
            last = rows[-1]["region"], rows[-1]["unit_code"]

    return step


def _is_followed() -> sa.ColumnElement[bool]:
    same = [
        published.c[name].is_not_distinct_from(unit.c[name])
        for name in ("level", "type", "name", "closed_on")
    ]
    mine = (unit.c.region == published.c.region, unit.c.unit_code == published.c.unit_code)
    return sa.exists().where(*mine, *same, ~unit.c.withdrawn)


def _names() -> list[sa.Column[Any]]:
    return [published.c[name] for name in _OF_REGION]


async def _published(session: AsyncSession, named: Collection[tuple[str, str]]) -> Sequence[Row]:
    select = sa.select(*_names()).where(sa.tuple_(published.c.region, published.c.unit_code).in_(named))
    return (await session.execute(select)).mappings().all()


async def _follow(session: AsyncSession, rows: Iterable[Row]) -> None:
    """Bring units in step with what their regions published of them."""
    wanted = {made["resource_id"]: made for made in map(_made, rows)}
    await _store(session, wanted)


def _made(row: Row) -> dict[str, Any]:
    region, parent = row["region"], row["parent"]
    known = {name: row[name] for name in ("region", "unit_code", "level", "type", "name", "closed_on")}
    above = None if parent is None else id_of(region, parent)
    return {"resource_id": id_of(region, row["unit_code"]), **known, "parent_id": above, "withdrawn": False}


async def _withdraw(session: AsyncSession, region: str) -> None:
    """Units that a region had in an earlier epoch and has not said again in this one."""
    there = sa.exists().where(published.c.region == unit.c.region, published.c.unit_code == unit.c.unit_code)
    select = sa.select(unit).where(unit.c.region == region, ~unit.c.withdrawn, ~there)
    rows = (await session.execute(select)).mappings().all()
    for start in range(0, len(rows), AT_ONCE):
        piece = rows[start : start + AT_ONCE]
        await _store(session, {row["resource_id"]: {**row, "withdrawn": True} for row in piece})


async def _store(session: AsyncSession, wanted: Mapping[str, dict[str, Any]]) -> None:
    """A version more of each that says something else than is stored; the one before goes to the versions."""
    select = sa.select(unit).where(unit.c.resource_id.in_(list(wanted))).order_by(unit.c.resource_id)
    stored = {row["resource_id"]: row for row in (await session.execute(select.with_for_update())).mappings()}
    before = [dict(row) for id_, row in stored.items() if _differs(wanted[id_], row)]
    if before:
        await session.execute(sa.insert(version), before)
    changed = {row["resource_id"]: row["version"] + 1 for row in before}
    changed |= {id_: 1 for id_ in wanted if id_ not in stored}
    if changed:
        now = clock.now()
        rows = [{**wanted[id_], "version": changed[id_], "recorded_at": now} for id_ in sorted(changed)]
        statement = insert(unit)
        taken = {name: statement.excluded[name] for name in (*_COMPARED, "version", "recorded_at")}
        await session.execute(
            statement.values(rows).on_conflict_do_update(index_elements=["resource_id"], set_=taken)
        )


def _differs(one: Row, other: Row) -> bool:
    return any(one[name] != other[name] for name in _COMPARED)
