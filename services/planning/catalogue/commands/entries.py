"""Interventions of an instance's own, which win over all others: a region's go up, a hub's down to its regions."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.catalogue.content import entry, entry_content
from services.planning.tables.catalogue import catalogue, intervention, national_entry
from shared import clock
from shared.errors import FieldError, Invalid
from shared.events.planning import EntriesOffered, EntriesPublished, OfferedEntry, RegionalEntry
from shared.federation import epochs
from shared.messaging import outbox
from shared.messaging.subscriptions import Received
from shared.settings import Settings

Row = Mapping[str, Any]

_FORGET = "delete from national_entry where region = $1 and epoch < $2"


def check_code(settings: Settings, code: str) -> None:
    """Raises Invalid `code-not-own`: an own code never meets one of the catalogue or of another region."""
    prefix = f"{settings.instance.upper()}-"
    if not code.startswith(prefix) or code == prefix:
        detail = f"Codes of this instance's own begin with {prefix}"
        raise Invalid("code-not-own", detail, [FieldError("/code", "code-not-own", detail)])


async def version_of(session: AsyncSession, code: str) -> int | None:
    """The version of an own entry, None where there is none."""
    held = sa.select(intervention.c.own_version).where(intervention.c.code == code)
    return await session.scalar(held.with_for_update())


async def put(session: AsyncSession, settings: Settings, content: dict[str, Any], *, offered: bool) -> int:
    """Add an own entry or change it; returns its version. Raises Invalid `prerequisite-unknown`."""
    await _check_prerequisites(session, content)
    row = {
        "code": content["code"],
        "catalogue_version": await session.scalar(sa.select(sa.func.max(catalogue.c.version))),
        "offered": offered,
        "approach": content["approach"],
        "delivery": content["delivery"],
        "levels": content["levels"],
        "competencies": [part["code"] for part in content["competencies"]],
        "content": content,
    }
    own = {"own_version": sa.func.coalesce(intervention.c.own_version, 0) + 1}
    raised = {**row, **own, "hub_epoch": None, "hub_version": None}
    statement = insert(intervention).values(**row, own_version=1)
    statement = statement.on_conflict_do_update(index_elements=["code"], set_=raised)
    version: int = (await session.execute(statement.returning(intervention.c.own_version))).scalar_one()
    row |= {"own_version": version}
    await _send(session, settings, [row], f"entry {content['code']}")
    return version


async def resend(session: AsyncSession, settings: Settings) -> None:
    """Put all own entries into the outbox, with the versions they have."""
    rows = (
        await session.execute(
            sa.select(intervention)
            .where(intervention.c.own_version.is_not(None))
            .order_by(intervention.c.code)
        )
    ).mappings()
    await _send(session, settings, [dict(row) for row in rows], "entries", least=1)


async def take(session: AsyncSession, events: Sequence[Received[EntriesPublished]]) -> None:
    """At a hub: keep the newest of each region's entries."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    latest = await epochs.latest(session, "entry", events, _FORGET)
    for event in events:
        if event.epoch < latest[event.instance]:
            continue
        for item in event.data.items:
            row = {
                "region": event.instance,
                "code": item.entry.code,
                "epoch": event.epoch,
                "version": item.version,
                "offered": item.offered,
                "content": entry_content(item.entry),
                "received_at": clock.now(),
            }
            known = newest.get((event.instance, item.entry.code))
            if known is None or (known["epoch"], known["version"]) < (row["epoch"], row["version"]):
                newest[event.instance, item.entry.code] = row
    if not newest:
        return
    statement = insert(national_entry).values([newest[key] for key in sorted(newest)])
    new, old = statement.excluded, national_entry.c
    later = sa.tuple_(old.epoch, old.version) < sa.tuple_(new.epoch, new.version)
    taken = {name: new[name] for name in ("epoch", "version", "offered", "content", "received_at")}
    keys = ["region", "code"]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=taken, where=later))


async def _send(
    session: AsyncSession, settings: Settings, rows: Sequence[Row], aggregate_id: str, least: int = 0
) -> None:
    if settings.federation == "none":
        return
    events: list[EntriesOffered] | list[EntriesPublished]
    if settings.federation == "hub":
        together = await _together(session)
        offered = outbox.parts([OfferedEntry(**_item(row)) for row in rows], least=least)
        events = [EntriesOffered(items=list(part), entries_version=together) for part in offered]
    else:
        own = outbox.parts([RegionalEntry(**_item(row)) for row in rows], least=least)
        events = [EntriesPublished(items=list(part)) for part in own]
    told: list[outbox.Entry] = [
        (event, aggregate_id, max((item.version for item in event.items), default=0)) for event in events
    ]
    await outbox.add_many(session, told)


async def _together(session: AsyncSession) -> int:
    """A version of all own entries: it rises with each change."""
    return int(await session.scalar(sa.select(sa.func.sum(intervention.c.own_version))) or 0)


def _item(row: Row) -> dict[str, Any]:
    return {"version": row["own_version"], "offered": row["offered"], "entry": entry(row["content"])}


async def _check_prerequisites(session: AsyncSession, content: dict[str, Any]) -> None:
    wanted = content["prerequisites"]
    found = await session.scalars(sa.select(intervention.c.code).where(intervention.c.code.in_(wanted)))
    known = set(found) - {content["code"]}
    errors = [
        FieldError(f"/prerequisites/{place}", "prerequisite-unknown", "There is no such other intervention.")
        for place, code in enumerate(wanted)
        if code not in known
    ]
    if errors:
        raise Invalid("prerequisite-unknown", "Some prerequisites are no interventions.", errors)
