"""``python -m tests.bench.federation [--quick] [--json FILE]``: what regions cost their hub, from 1 to 8.

Each region is a real nats-server with a real link and an uplink full of real events, filled while
no hub is there. Then a fresh hub, a whole stack of real processes, starts and catches up.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import psutil
from nats.js.api import AckPolicy, ConsumerConfig

from deploy.federation.membership.hub import ACTIVE, SUSPENDED, Hub
from deploy.federation.store.membership_store import Folder
from deploy.local.processes import free_port
from shared.federation.protocol import uplink
from tests.bench.report import Figure, as_json, middle, table
from tests.bench.simulated import ITEMS, Simulated, admitted
from tests.federation.instance import Instance, local_stack
from tests.servers import temporary_folder, wait_for

SIZES, QUICK_SIZES = (1, 2, 4, 8), (1, 2)
READERS = ("registry", "assessment", "planning", "evaluation")
SECONDS = 300.0
IDLE_SECONDS = 8.0
_HEARD = "select count(*) from inbox where consumer like '%-national-%'"


@dataclass(frozen=True)
class Cost:
    """What one number of regions took."""

    regions: int
    applied: float  # deliveries a second, by all readers of the hub
    seconds: float  # from the hub's start to its last figure
    cpu: float  # processor seconds of the hub for 1,000 events, above idling
    idle: float  # share of one processor while nothing happens
    broker: float  # resident memory of its nats-server, MB


async def measure(*, quick: bool) -> list[Figure]:
    """Every size on the same regions, each time with a fresh hub."""
    folder, sizes = temporary_folder(), QUICK_SIZES if quick else SIZES
    try:
        Hub(Folder(folder / "hub" / "federation")).init("hub", ["127.0.0.1"], free_port())
        regions = [
            Simulated(admitted(folder, f"r{number}"), 300 if quick else 3000)
            for number in range(1, max(sizes) + 1)
        ]
        try:
            for region in regions:
                await region.place.start()
                await region.place.provision()
                await region.fill()
                region.place.work()
                await wait_for(region.place.reached(uplink(region.place.name, 1), region.events), SECONDS)
            limit = await alone(regions[0])
            costs = [await caught_up(folder, regions, size) for size in sizes]
        finally:
            for region in regions:
                await region.place.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return figures(costs, limit, regions[0].bytes_each)


async def alone(region: Simulated) -> float:
    """The limit: events a second that one client reads from the region's own stream, and does nothing with."""
    rates = []
    for _ in range(3):
        config = ConsumerConfig(ack_policy=AckPolicy.NONE)
        reader = await region.place.admin.pull_subscribe("", stream="UP", config=config)
        count, began = 0, time.perf_counter()
        while count < region.events:
            count += len(await reader.fetch(500, timeout=5))
        rates.append(count / (time.perf_counter() - began))
        await reader.unsubscribe()
    return middle(rates)


async def caught_up(folder: Path, regions: Sequence[Simulated], size: int) -> Cost:
    """A fresh hub with the first `size` regions, until it has applied all that they tell."""
    for place, region in enumerate(regions):
        Hub(Folder(folder / "hub" / "federation")).set_state(
            region.place.name, ACTIVE if place < size else SUSPENDED
        )
    for old in (folder / "hub").iterdir():
        if old.name != "federation":
            shutil.rmtree(old) if old.is_dir() else old.unlink()
    hub = Instance("hub", local_stack(folder, "hub"))
    began = time.perf_counter()
    await hub.start()
    try:
        return await _watched(hub, regions[:size], began)
    finally:
        await hub.stop()


async def _watched(hub: Instance, regions: Sequence[Simulated], began: float) -> Cost:
    expected = sum(region.events for region in regions)
    deliveries = expected + sum(2 for _ in regions) * (len(READERS) - 1)  # every reader takes the units
    marks = [(began, 0)]
    before, begun = _processor(hub), time.perf_counter()

    async def all_applied() -> bool:
        heard = sum([await hub.count(service, _HEARD) for service in READERS])
        marks.append((time.perf_counter(), heard))
        return heard >= deliveries

    await wait_for(all_applied, SECONDS, every=0.1)
    spent = _processor(hub) - before
    rate, elapsed = _rate(marks), marks[-1][0] - begun
    await asyncio.sleep(IDLE_SECONDS)  # what it costs to do nothing
    idle = (_processor(hub) - before - spent) / IDLE_SECONDS
    broker = psutil.Process(hub.stack.nats.pid).memory_info().rss / 1e6
    cpu = 1000 * max(spent - idle * elapsed, 0) / expected
    return Cost(len(regions), rate, marks[-1][0] - began, cpu, idle, broker)


def _processor(hub: Instance) -> float:
    """Processor seconds of all of the hub's processes so far."""
    children = hub.supervisor._children.values()
    processes = [psutil.Process(child.pid) for child in children if child.pid]
    processes += [below for process in processes for below in process.children()]  # PostgreSQL's own
    return sum(sum(process.cpu_times()[:2]) for process in processes if process.is_running())


def _rate(marks: Sequence[tuple[float, int]]) -> float:
    """While anything comes in: a source that found no other side waits up to 40 s before it looks again."""
    busy = sum(
        later - earlier
        for (earlier, before), (later, after) in pairwise(marks[1:])  # the start of processes left out
        if after > before
    )
    return (marks[-1][1] - marks[1][1]) / busy if busy else 0.0


def figures(costs: Sequence[Cost], limit: float, size: float) -> list[Figure]:
    """What is told: rates as shares of the limit, and costs for a region."""
    found = [
        Figure("event on the wire", size / 1e3, "kB", detail=f"{ITEMS} figures each"),
        Figure("reading without doing anything", limit, "ev/s", detail="the limit, one client at a region"),
    ]
    for cost in costs:
        name = f"{cost.regions} region{'s' if cost.regions > 1 else ''}"
        told = f"{cost.applied:.0f} deliveries/s while they come, all in {cost.seconds:.0f} s from the hub's start"
        found += [
            Figure(f"{name}: applied, share of the limit", cost.applied / limit, "", detail=told),
            Figure(f"{name}: processor time for 1,000 events", cost.cpu, "s", detail="hub, all processes"),
            Figure(f"{name}: idle hub, share of one processor", cost.idle, ""),
            Figure(f"{name}: memory of the hub's broker", cost.broker, "MB"),
        ]
    one, most = costs[0], costs[-1]
    growth = most.applied / one.applied if one.applied else 0.0
    return [*found, Figure(f"rate with {most.regions} against 1", growth, "", 0.8, detail="aim: no slower")]


def main() -> None:
    """Measure, print, and write the JSON where asked to."""
    parser = argparse.ArgumentParser(prog="tests.bench.federation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    found = asyncio.run(measure(quick=given.quick))
    print(table(found))
    told = json.dumps(as_json(found))
    if given.json:
        given.json.write_text(told + "\n")
    print(told, file=sys.stdout)


if __name__ == "__main__":
    main()
