"""Simulated regions: real nats-servers with real links, whose uplink holds the events of a busy month."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

from nats.js.api import PubAck

from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from shared import clock
from shared.events import envelope
from shared.events.assessment import Rollup, RollupsPublished
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from shared.events.event import Event
from shared.events.planning import PlanTotal, ToldFigures, TotalsComputed
from shared.events.registry import Headcount, HeadcountsComputed, UnitsChanged, UnitState
from tests.federation.links import Place

TODAY, PERIOD = date(2026, 11, 23), "2026Q4"
ITEMS = 50  # figures in an event: what moves together after some people's changes
AT_ONCE = 500


@dataclass
class Simulated:
    """One region, its server, and what it has to tell."""

    place: Place
    events: int
    bytes_each: float = 0.0

    async def fill(self) -> None:
        """Units first, then figures of all kinds in turn, each of a version of its own."""
        sent = 0
        every = list(self._encoded())
        for start in range(0, len(every), AT_ONCE):
            chunk = every[start : start + AT_ONCE]
            acks: list[asyncio.Future[PubAck]] = [
                await self.place.admin.publish_async(subject, body, headers={"Nats-Msg-Id": str(uuid4())})
                for subject, body in chunk
            ]
            await asyncio.gather(*acks)
            sent += sum(len(body) for _, body in chunk)
        self.bytes_each = sent / len(every)

    def _encoded(self) -> Iterator[tuple[str, bytes]]:
        for number, event in enumerate(events(self.place.name, self.events), 1):
            made = envelope.Envelope(
                id=str(uuid4()), source=f"/steward/{self.place.name}/{event.service}", type=event.type(),
                subject="figures", time=clock.now(), data=event, instance=self.place.name,
                aggregateversion=number, traceparent=f"00-{uuid4().hex}-b7ad6b7169203331-01",
            )  # fmt: skip
            yield event.subject(self.place.name), envelope.encode(made)


def events(region: str, count: int) -> Iterator[Event]:
    """`count` events after the one with the units."""
    codes = [region, *(f"{region}-{number:04}" for number in range(1, 1000))]
    units = [
        UnitState(
            unit_code=code, version=1, level="region" if code == region else "facility", type="x",
            parent=None if code == region else region, open_from=date(2000, 1, 1),
        )
        for code in codes
    ]  # fmt: skip
    for start in range(0, len(units), 500):
        yield UnitsChanged(items=units[start : start + 500])
    for number in range(count - 2):
        chosen = [codes[(number * ITEMS + at) % len(codes)] for at in range(ITEMS)]
        yield _KINDS[number % len(_KINDS)](chosen, number + 1)


def _headcounts(codes: list[str], version: int) -> Event:
    items = [
        Headcount(
            unit_code=code, level="BIA"[version % 3], version=version, people=240, women=131, as_of=TODAY
        )
        for code in codes
    ]
    return HeadcountsComputed(items=items)


def _rollups(codes: list[str], version: int) -> Event:
    level = "BIA"[version // 4 % 3]
    return RollupsPublished(
        items=[
            Rollup(
                unit_code=code, period=PERIOD, level=level, version=version, people=240, counts=[238] * 11,
                sums=[78_310 + version] * 11, below=[171] * 11,
            )
            for code in codes
        ]
    )  # fmt: skip


def _plans(codes: list[str], version: int) -> Event:
    told = ToldFigures(
        proposed=240,
        agreed=198,
        closed=40,
        completed=31,
        activities_due=610,
        activities_completed=402,
        hours=5120,
    )
    items = [
        PlanTotal(unit_code=code, period=PERIOD, version=version, people=240, figures=None, told=told)
        for code in codes
    ]
    return TotalsComputed(items=items)


def _indicators(codes: list[str], version: int) -> Event:
    items = [
        IndicatorValue(
            indicator="OP-04", unit_code=code, period=PERIOD, version=version, numerator=198_000,
            denominator=240_000, as_of=TODAY,
        )
        for code in codes
    ]  # fmt: skip
    return IndicatorComputed(items=items)


_KINDS = (_headcounts, _rollups, _plans, _indicators)


def admitted(folder: Path, name: str) -> Place:
    """A region that joined the hub in `folder`; nothing is started."""
    place = Place.at(folder / name, name)
    region = Region(place.federation)
    region.join(Hub(Folder(folder / "hub" / "federation")).add(region.request(name)))
    return place
