"""A hub and regions as whole stacks of real processes, on a line that can be cut, and what they count."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import asyncpg

from deploy.demo import rating, rounds, timeline
from deploy.demo.rounds import Round
from deploy.federation import together
from deploy.federation.demonstration import load
from deploy.federation.region import DOCUMENT
from deploy.local.processes import free_port
from services.assessment.commands import national_rollups, sending
from services.evaluation.commands import national, publishing
from services.planning.commands import national as national_plans
from services.planning.commands import plan_totals
from shared.publishing_totals import Cell
from tests.federation import ledger
from tests.federation.instance import Instance, local_stack
from tests.federation.wiretap import Line
from tests.servers import temporary_folder, wait_for

HUB = together.NAME
SECONDS = 120.0  # a broken source is looked for again after up to 40 s
# Of each kind: the regions' own words, and how the hub keeps them.
_TOTALS = """
select period, slice, unit_code, version, people, figures, as_of from total_cell where version > 0
"""
_ROLLUPS = f"select {sending.COLUMNS} from published_rollup"
_VALUES = publishing._ALL
_KEPT = """
select period, slice, unit_code, version, figures from national_figure where region = $1 and kind = $2
"""

KINDS = (
    ("registry", "headcount"),
    ("planning", "plans"),
    ("assessment", "rollup"),
    ("evaluation", "indicator"),
)
Figures = dict[
    tuple[str, str, str], tuple[int, Sequence[int | None] | None]
]  # by period, slice and unit: version, figures
Sent = dict[str, dict[str, str]]  # by region: the subject of each event, by its id


@dataclass
class Instances:
    """The running federation."""

    hub: Instance
    regions: dict[str, Instance]
    line: Line

    async def rate_everybody(self, name: str) -> None:
        """A cycle in every region, answered in bulk."""
        await asyncio.gather(*(rate(region, name) for region in self.regions.values()))

    async def sent(self) -> Sent:
        """What each region sent up."""
        return {name: await ledger.sent(region) for name, region in self.regions.items()}

    async def said_more(self, before: Sent, *names: str) -> dict[str, set[str]]:
        """Wait until these regions (or all) told roll-ups that they had not; the ids of all they sent since."""
        found: dict[str, set[str]] = {}

        async def more(name: str) -> bool:
            now = await ledger.sent(self.regions[name])
            found[name] = now.keys() - before[name].keys()
            return any(".rollups-published." in now[event] for event in found[name])

        for name in names or self.regions:
            await wait_for(partial(more, name), SECONDS, every=0.5)
        return found

    async def check(self, known: Sent | None = None) -> None:
        """Lost 0, doubled 0: the figures, unit by unit, and the events, id by id, at every place they pass.

        `known` had been sent up by regions before they were restored from a backup.
        """
        assert await self.met() > 200
        await wait_for(partial(self.accounted, known or {}), SECONDS, every=1)

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

    async def met(self) -> int:
        """Wait until the hub has what every region published, and nothing else; returns how many figures."""
        await wait_for(self._same, SECONDS, every=0.5)
        return sum(
            [len(await self.kept(region, *kind)) for region in self.regions.values() for kind in KINDS]
        )

    async def _same(self) -> bool:
        for region in self.regions.values():
            for service, kind in KINDS:
                if await published(region, service) != await self.kept(region, service, kind):
                    return False
        return True

    async def kept(self, region: Instance, service: str, kind: str) -> Figures:
        """What the hub has of a region."""
        rows = await self.hub.rows(service, _KEPT, region.name, kind)
        return {tuple(row[:3]): (row["version"], row["figures"]) for row in rows}


async def published(region: Instance, service: str) -> Figures:
    """What a region published last, by its own tables."""
    if service == "evaluation":
        rows = await region.rows(service, _VALUES)
        values = [national._figure(publishing._item(row)) for row in rows]
        return {(one.period, one.slice, one.unit_code): (one.version, one.figures) for one in values}
    if service == "assessment":
        rows = await region.rows(service, _ROLLUPS)
        figures = [national_rollups._figure(sending.item(row)) for row in rows]
        return {(one.period, one.slice, one.unit_code): (one.version, one.figures) for one in figures}
    rows = await region.rows(service, _TOTALS)
    if service == "planning":
        totals = plan_totals.items(Cell(**row) for row in rows)
        figures = [national_plans._figure(total) for total in totals]
        return {(one.period, one.slice, one.unit_code): (one.version, one.figures) for one in figures}
    return {tuple(row[:3]): (row["version"], _told(row)) for row in rows}


def _told(row: asyncpg.Record) -> list[int] | None:
    return None if row["people"] is None else [row["people"], *row["figures"]]


async def rate(region: Instance, name: str) -> None:
    """Everybody of a region rated once more; sums, plans and indicators of all units change."""
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


@asynccontextmanager
async def running(*names: str) -> AsyncIterator[Instances]:
    """Hub and regions with different people and a cycle each, until the block ends."""
    folder = temporary_folder()
    hub_port, port = free_port(), free_port()
    together.members(folder, names, hub_port)
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


async def _loaded(region: Instance, number: int) -> None:
    region.run = await load(region.stack, number)
    await region.sign_in()


def _call(federation: Path, port: int) -> None:
    """A region calls the line instead of the hub."""
    document = federation / DOCUMENT
    known = json.loads(document.read_text())
    document.write_text(json.dumps({**known, "url": f"tls://127.0.0.1:{port}"}))
