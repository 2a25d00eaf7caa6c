"""``make federation``: a hub and two regions on one machine, different data in each, the totals meeting."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack
from pathlib import Path

from deploy.data_folder.contents import remove
from deploy.demo import rating, registering, rounds, timeline
from deploy.demo.api import Api, Json, NotReached, Refused
from deploy.demo.developing import has_gap
from deploy.demo.loop import StepFailed
from deploy.demo.run import Run, check
from deploy.demo.staffing import LEVELS as LEVEL_OF
from deploy.federation_demo import publication_checks
from deploy.federation_demo.local_federation import NAME, Federation, running
from deploy.local.stack import Stack
from deploy.printing import Progress
from shared import periods

REGIONS = ("north", "south")
LEVELS = ("B", "I", "A")
MINISTRY = {
    "unit_code": registering.ROOT, "name": "Ministry of Health", "level": "country", "type": "Ministry of Health",
    "open_from": "2000-01-01",
}  # fmt: skip
LACKING = 4  # people whose changes a published total may not hold yet: alone they would be told apart
MEETING_SECONDS = 90.0  # sourcing takes up to 40 s to come back after a break


async def demonstrate(keep: bool) -> int:
    """Run it on a temporary folder; 0 only when every national total was the sum of the regions' totals."""
    say = Progress(sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="steward-federation-"))
    try:
        async with running(folder, REGIONS, say, trace_ratio=0.1) as federation:
            with say.working("letting the totals of a hub and its regions meet"):
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
    names = list(federation.regions)
    loaded = await asyncio.gather(
        *(load(stack, number) for number, stack in enumerate(federation.regions.values(), start=1))
    )
    period, compared = periods.of(loaded[0].days[0]), 0
    async with _api(federation.hub) as hub:
        await hub.post("/v1/units", MINISTRY, who="hris")
        for level in LEVELS:
            own = {name: _people(run, level) for name, run in zip(names, loaded, strict=True)}
            found = await _arrived(hub, "headcounts", {"level": level}, "people", own)
            compared += _added_up(found, "people", say, f"people of level {level}")
            own = {name: _assessed(run, level) for name, run in zip(names, loaded, strict=True)}
            asked = {"period": period, "level": level}
            found = await _arrived(hub, "rollups", asked, "people", own)
            compared += _scores_added_up(found, say, f"people of level {level} assessed in {period}")
        own = {name: _with_gap(run) for name, run in zip(names, loaded, strict=True)}
        found = await _arrived(hub, "plans", {"period": period}, "people", own)
        compared += _added_up(found, "people", say, f"people with plans in {period}")
        passed = await _published(federation, hub, say)
    return {
        "regions": len(names),
        "people": sum(run.counts["people"] for run in loaded),
        "national_totals": compared,
        **passed,
    }


async def _published(federation: Federation, hub: Api, say: Callable[[str], None]) -> Json:
    """The hub's framework at all regions, and the overlay of the last of them at the hub."""
    async with AsyncExitStack() as exits:
        regions = {
            name: await exits.enter_async_context(_api(stack)) for name, stack in federation.regions.items()
        }
        frameworks = await publication_checks.frameworks(hub, regions, say)
        name = REGIONS[-1]
        return {
            "frameworks_down": frameworks,
            "overlays_up": await publication_checks.overlay(hub, name, regions[name], say),
        }


def _with_gap(run: Run) -> int:
    return sum(has_gap(item) for item in run.ledger.assessed.values())


def _assessed(run: Run, level: str) -> int:
    return sum(item.level == level for item in run.ledger.assessed.values())


def _people(run: Run, level: str) -> int:
    return sum(LEVEL_OF[post.role_code] == level for post in run.country.posts)


async def load(stack: Stack, number: int, *, signs_in: Collection[str] | None = None) -> Run:
    """One region's own country: register, one cycle, settled, released; `number` makes it differ from the others.

    `signs_in` as `Run` has it: a team of people who all sign in answers request by request, the others in bulk.
    """
    source = registering.made_up(districts=1 + number, seed=number)
    async with Api(stack.gateway_url, stack.token, units=(source.code,)) as api:
        run = await registering.register(api, source, stack.say)
        run.signs_in = signs_in
        await rating.first_cycle(run)
        await rounds.settled(api)
        await timeline.next_release(api)
        return run


async def _arrived(hub: Api, what: str, asked: dict[str, str], name: str, own: dict[str, int]) -> Json:
    """Wait until the hub has each region's total, less at most the four people that a total may lack."""

    async def ask() -> Json:
        try:
            return dict(await hub.get(f"/v1/national/{what}", **asked))
        except Refused as refused:
            if refused.code != "unit-out-of-scope":
                raise
            return {}  # the ministry's unit is still on its way from registry to this service

    def met(found: Json) -> bool:
        if not found:
            return False
        shown = {region["region"]: region[name] or 0 for region in found["regions"]}
        return shown.keys() <= own.keys() and all(0 <= own[key] - shown.get(key, 0) <= LACKING for key in own)

    return await hub.until(f"{what} {asked} of {own}", ask, met, seconds=MEETING_SECONDS)


def _added_up(found: Json, name: str, say: Callable[[str], None], what: str, *, partly: bool = False) -> int:
    """The nation's figures must be the sums of the regions'; returns how many were compared.

    One that a region withholds is the nation's neither, except where it tells `partly` of whom it is.
    """
    figures_of_regions = ", ".join(f"{region['region']} {region[name]}" for region in found["regions"])
    say(f"{what}: {figures_of_regions}; the nation {found['national'][name]}")
    figures = [key for key in found["national"] if key not in {"regions", "suppressed", "untold"}]
    for key in figures:
        parts = [region[key] for region in found["regions"] if region[name] is not None]
        known = [part for part in parts if part is not None]
        whole = known and (partly or len(known) == len(parts))
        check(found["national"][key] == (sum(known) if whole else None), f"{what}, {key}: {found}")
    return len(figures)


def _scores_added_up(found: Json, say: Callable[[str], None], what: str) -> int:
    """The same of scores: people, and per competency people with a score and the sum of their scores."""
    places = len(found["competencies"])
    regions = [{"region": part["region"], **_flat(part, places)} for part in found["regions"]]
    flat = {"national": _flat(found["national"], places), "regions": regions}
    return _added_up(flat, "people", say, what, partly=True)


def _flat(part: Json, places: int) -> Json:
    figures = part["figures"] or [None] * places
    named = {
        f"{name} {place}": figure and figure[name]
        for place, figure in enumerate(figures)
        for name in ("people", "sum")
    }
    return {"people": part["people"], **named}


def _api(stack: Stack) -> Api:
    return Api(stack.gateway_url, stack.token, units=(registering.ROOT,))
