"""A hub and regions as whole stacks of real processes, on a line that can be cut, and what they count."""

import asyncio
import json
import logging
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.demo import rating, rounds, timeline
from deploy.demo.rounds import Round
from deploy.federation.membership.region import DOCUMENT
from deploy.federation_demo import local_federation
from deploy.federation_demo.demonstration import MINISTRY, load
from deploy.local.processes import free_port
from tests.federation import ledger, nation
from tests.federation.cycle_plans import agree_every_other
from tests.federation.instance import Instance, local_stack
from tests.federation.published import KINDS, Cells, Published
from tests.federation.wiretap import Line
from tests.servers import temporary_folder, wait_for

HUB = local_federation.NAME
SECONDS = 120.0  # a broken source is looked for again after up to 40 s
LOOK = 2.0  # seconds between two looks
ANYWAY = 10.0  # seconds after which a look is worth its cost although no event has moved
log = logging.getLogger(__name__)
LOADED = ("plans", "rollup", "indicator")  # what changes when everybody is rated
# Results of a cycle by which their people do not count yet.
UNCOUNTED = """
select count(*) from result r where r.cycle_id = '{}' and not exists (
    select from counted k where k.person_id = r.person_id and k.period = r.period
        and k.completed_at >= r.completed_at)
"""
Sent = dict[str, dict[str, str]]  # by region: the subject of each event, by its id


@dataclass(frozen=True)
class Before:
    """What was sent up, and what the hub had of each region by kind, before a fault."""

    sent: Sent
    kept: dict[tuple[str, str], Cells]


@dataclass
class Instances:
    """The running federation."""

    hub: Instance
    regions: dict[str, Instance]
    line: Line

    def __post_init__(self) -> None:
        self.published = {name: Published(region) for name, region in self.regions.items()}

    async def rate_everybody(self, name: str) -> None:
        """A cycle in every region, answered in bulk."""
        await asyncio.gather(*(rate(region, name) for region in self.regions.values()))

    async def sent(self) -> Sent:
        """What each region sent up."""
        return {name: await ledger.sent(region) for name, region in self.regions.items()}

    async def sent_more(self, before: Sent, *names: str) -> dict[str, set[str]]:
        """Wait until these regions (or all) told roll-ups that they had not; the ids of all they sent since."""
        found: dict[str, set[str]] = {}

        async def more(name: str) -> bool:
            now = await ledger.sent(self.regions[name])
            found[name] = now.keys() - before[name].keys()
            return any(".rollups-published." in now[event] for event in found[name])

        for name in names or self.regions:
            await wait_for(partial(more, name), SECONDS, every=LOOK)
        return found

    async def before(self) -> Before:
        """How things stand before a fault."""
        places = [(name, kind) for name in self.regions for kind in KINDS]
        return Before(await self.sent(), {place: await nation.kept(self.hub, *place) for place in places})

    async def check(
        self, known: Sent | None = None, *, since: Before | None = None, names: Sequence[str] = ()
    ) -> None:
        """Lost 0, doubled 0: the figures, unit by unit, and the events, id by id, at every place they pass.

        `known` had been sent up by regions before they were restored from a backup. With `since`, the
        hub must have newer plans, roll-ups and indicators of these regions (or all) than it had then.
        """
        for name in (names or self.regions) if since else ():
            for kind in LOADED:
                await self.until(partial(self._newer, since, name, kind))
        await self.until(self.met)
        await self.until(partial(self.accounted, known or {}))

    async def until(self, condition: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what costs a second of processor time to look at: again only after events have moved.

        Now and then all the same: a gateway that had been killed answers without any event.
        """
        seen: list[tuple[int, ...] | None] = []
        since = 0.0

        async def holds() -> bool:
            nonlocal seen, since
            now = [await each.moved() for each in (self.hub, *self.regions.values())]
            if now == seen and time.monotonic() - since < ANYWAY:
                return False
            seen, since = now, time.monotonic()
            return await condition()

        await wait_for(holds, SECONDS, every=LOOK)

    async def _newer(self, before: Before, name: str, kind: str) -> bool:
        """Whether a figure of a region came in a version above the one that was there."""
        had = {key: (cell.epoch, cell.version) for key, cell in before.kept[name, kind].items()}
        found = await nation.kept(self.hub, name, kind)
        newer = any((cell.epoch, cell.version) > had.get(key, (0, 0)) for key, cell in found.items())
        if not newer:
            log.warning("the hub has no newer %s of %s", kind, name)
        return newer

    async def accounted(self, known: Sent) -> bool:
        """Whether at this look the events of the outboxes, and no others, are in every stream and inbox.

        Regions may say more at any moment, so a look asks the outboxes anew: with what an earlier one
        had found, an event sent since would be one for ever that nobody sent.
        """
        every: dict[str, str] = {}
        for name, region in self.regions.items():
            earlier = known.get(name, {})
            if not await ledger.passed(region, self.hub, earlier):
                return False
            every |= {**await ledger.sent(region), **earlier}
        return all(
            [
                await ledger.applied(self.hub, service, consumer, every)
                for service, consumer in ledger.readers()
            ]
        )

    async def met(self) -> bool:
        """Whether the hub has what every region published, unit by unit, and nothing else, and shows its sums."""
        told, tops = await self.told()
        for name, published in self.published.items():
            for kind, of in told.items():
                if await nation.kept(self.hub, name, kind) != of[name]:
                    return False
            if not await nation.units_stored(self.hub, published):
                return False
        return await nation.shown(self.hub, told, tops) > 0

    async def told(self) -> tuple[dict[str, dict[str, Cells]], dict[str, str]]:
        """By kind and region what is published now, and by region the unit above all others."""
        told: dict[str, dict[str, Cells]] = {kind: {} for kind in KINDS}
        tops: dict[str, str] = {}
        for name, published in self.published.items():
            for kind, of in told.items():
                of[name] = await published.cells(kind)
                assert any(cell.figures for cell in of[name].values()), f"{name} tells no {kind}"
            (tops[name],) = (code for code, unit in (await published.units()).items() if unit[1] is None)
        return told, tops


async def _none(region: Instance, statement: str) -> bool:
    return await region.count("assessment", statement) == 0


async def _released(region: Instance) -> bool:
    """Whether each service that was loaded has made its first release."""
    services = {KINDS[kind].service for kind in LOADED}
    return all([await region.count(one, "select count(*) from release") for one in services])


async def rate(region: Instance, name: str) -> None:
    """Everybody of a region rated once more, half of the plans agreed, and all released."""
    run = region.run
    assert run is not None
    day = await timeline.today(run.api)
    cycle = await rounds.open_cycle(run.api, run.country, day, day)
    run.singles = []
    lines = list(rating._lines(run, cycle["cycle_id"], Round(name, run.ability, run.competency_of)))
    for start in range(0, len(lines), 200):
        report = await rounds.send(run.api, iter(lines[start : start + 200]))
        assert not report["rejected"], report["rejected"][:2]
    await rounds.close_cycle(run.api, cycle["cycle_id"])
    counted = UNCOUNTED.format(cycle["cycle_id"])
    await wait_for(partial(_none, region, counted), SECONDS, every=LOOK)
    await agree_every_other(region, run.api, cycle["cycle_id"])
    await timeline.next_release(run.api)


@asynccontextmanager
async def running(*names: str) -> AsyncIterator[Instances]:
    """Hub and regions with different people and a cycle each, until the block ends."""
    folder = temporary_folder()
    hub_port, port = free_port(), free_port()
    local_federation.members(folder, names, hub_port)
    for name in names:
        _call(folder / name / "federation", port)
    line = Line(folder, list(names), hub_port, port)
    instances = [Instance(name, local_stack(folder, name)) for name in (HUB, *names)]
    started: list[Instance] = []
    try:
        await line.open()
        for each in instances:
            await each.start()
            started.append(each)
        await _rooted(instances[0])
        await asyncio.gather(*(_loaded(each, number) for number, each in enumerate(instances[1:], 1)))
        yield Instances(instances[0], {each.name: each for each in instances[1:]}, line)
    finally:
        for each in started:
            if each.api is not None:
                await each.api.__aexit__(None, None, None)
        for each in reversed(started):
            await each.stop()
        await line.cut()
        shutil.rmtree(folder, ignore_errors=True)


async def _rooted(hub: Instance) -> None:
    """The unit above all, by which a hub knows who may read of the nation."""
    async with hub.asked() as api:
        await api.post("/v1/units", MINISTRY, who="hris")
    for service, _ in ledger.readers():
        known = "select count(*) from unit where version > 0"
        await wait_for(partial(hub.count, service, known), SECONDS, every=0.2)


async def _loaded(region: Instance, number: int) -> None:
    # Nobody answers request by request: no figure differs by it, and 400 requests are a third of the load.
    region.run = await load(region.stack, number, signs_in=())
    await region.sign_in()
    await wait_for(partial(_released, region), SECONDS, every=LOOK)


def _call(federation: Path, port: int) -> None:
    """A region calls the line instead of the hub."""
    document = federation / DOCUMENT
    known = json.loads(document.read_text())
    document.write_text(json.dumps({**known, "url": f"tls://127.0.0.1:{port}"}))
