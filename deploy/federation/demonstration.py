"""``make federation``: a hub and two regions on one machine, different data in each, the totals meeting."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy.demo import rating, registering, rounds
from deploy.demo.api import Api, Json, NotReached, Refused
from deploy.demo.loop import StepFailed
from deploy.demo.run import Run, check
from deploy.federation.together import NAME, Federation, running
from deploy.local.folder import remove
from deploy.local.running import progress
from deploy.local.stack import Stack
from shared import periods

REGIONS = ("north", "south")
LEVELS = ("B", "I", "A")
MEETING_SECONDS = 90.0  # sourcing takes up to 40 s to come back after a break


async def demonstrate(keep: bool) -> int:
    """Run it on a temporary folder; 0 only when every national total was the sum of the regions' totals."""
    say = progress(sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="steward-federation-"))
    try:
        async with running(folder, REGIONS, say, trace_ratio=0.1) as federation:
            result = await _steps(federation, say)
        print(json.dumps(result), flush=True)  # noqa: T201  # the result
    except (StepFailed, NotReached, Refused) as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        if keep:
            say(f"kept {folder}")
        else:
            for name in (NAME, *REGIONS):
                remove(folder / name)
            remove(folder)
    return 0


async def _steps(federation: Federation, say: Callable[[str], None]) -> Json:
    loaded = await asyncio.gather(
        *(load(stack, number) for number, stack in enumerate(federation.regions.values(), start=1))
    )
    period = periods.of(loaded[0].days[0])
    compared = 0
    async with _api(federation.hub) as hub:
        for level in LEVELS:
            own = {name: await _rollup(stack, period, level) for name, stack in federation.regions.items()}
            compared += await _meeting(hub, own, period, level, say)
    return {
        "regions": len(federation.regions),
        "people": sum(run.counts["people"] for run in loaded),
        "national_totals": compared,
    }


async def load(stack: Stack, number: int) -> Run:
    """One region's own country: register, one cycle, settled; `number` makes it differ from the others."""
    source = registering.made_up(districts=1 + number, seed=number)
    async with Api(stack.gateway_url, stack.token, units=(source.code,)) as api:
        run = await registering.register(api, source, stack.say)
        await rating.first_cycle(run)
        await rounds.settled(api)
        return run


async def _rollup(stack: Stack, period: str, level: str) -> Json:
    """What a region publishes about all of its people of one level."""
    async with _api(stack) as api:
        found = await api.get("/v1/rollups", unit=registering.ROOT, period=period, level=level)
        return dict(found["levels"][0])


async def _meeting(
    hub: Api, own: dict[str, Json], period: str, level: str, say: Callable[[str], None]
) -> int:
    """Wait until the nation's figure is the sum of the regions'; returns how many places were compared."""
    people = sum(cell["people"] or 0 for cell in own.values())

    async def asked() -> Json:
        return dict(await hub.get("/v1/national/rollups", period=period, level=level))

    def met(found: Json) -> bool:
        arrived = {region["region"] for region in found["regions"]} == set(own)
        return arrived and (found["national"]["people"] or 0) == people

    what = f"{people} people of level {level} at the hub"
    found = await hub.until(what, asked, met, seconds=MEETING_SECONDS)
    counts = [0] * len(found["national"]["counts"] or [])
    for region in found["regions"]:
        for place, count in enumerate(region["counts"] or []):
            counts[place] += count
    check(counts == (found["national"]["counts"] or []), f"level {level}: {found['national']}, {counts}")
    told = ", ".join(f"{region} {cell['people'] or 'hidden'}" for region, cell in own.items())
    say(f"level {level}: {told}; the nation {people}")
    return len(counts)


def _api(stack: Stack) -> Api:
    return Api(stack.gateway_url, stack.token, units=(registering.ROOT,))
