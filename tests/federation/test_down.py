"""What a hub publishes, at a region that was away, and what is carried meanwhile: each event once, in order.

Whole stacks of real processes on a real line. In between the hub is killed.
"""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.demo.api import Api
from deploy.federation_demo.publication_checks import CORE, ROLE
from tests.federation import ledger
from tests.federation.instance import Instance
from tests.federation.instances import LOOK, SECONDS, Instances, rate, running
from tests.federation.steward import Carried, carried, steward
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow(190), pytest.mark.timeout(600)]

ENTRY = {
    "name": {"en": "Peer visits"}, "description": {"en": "Two days at another facility"},
    "approach": "networking", "delivery": "workplace", "levels": ["B"],
    "competencies": [{"code": "QM", "gain": 20}], "hours": 16, "days_away": 2, "cost": 90, "languages": ["en"],
}  # fmt: skip
PERIOD = "2026Q4"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation() -> AsyncIterator[Instances]:
    async with running("north") as started:
        yield started


def north_of(federation: Instances) -> Instance:
    return federation.regions["north"]


async def publish_framework(hub: Api, number: int) -> None:
    """The next version of the core, with a text of its own."""
    content = (await hub.get(f"/v1/frameworks/{CORE}/versions/{number - 1}"))["content"]
    written = {name: value for name, value in content.items() if name not in {"version", "disabled"}}
    written["items"][0]["text"]["en"] = f"as version {number} asks"
    await hub.call("PUT", f"/v1/frameworks/{CORE}/versions/{number}", json=written)
    await hub.post(f"/v1/frameworks/{CORE}/versions/{number}/publish")


async def weigh(place: Api, weight: int) -> None:
    """A role profile with this weight of QM."""
    found = await place.get(f"/v1/role-profiles/{ROLE}")
    written = {name: found[name] for name in ("level", "setting", "name", "profile")}
    written["profile"]["QM"] = {"target": 4.5, "weight": weight}
    await place.change("PUT", f"/v1/role-profiles/{ROLE}", found["version"], written)


async def aim(place: Api, indicator: str, value: int) -> None:
    """A target of all facilities."""
    path = f"/v1/targets/{indicator}/{PERIOD}/levels/facility"
    await place.call("PUT", path, json={"value": value})


async def used(place: Api) -> dict[str, Any]:
    """What an instance measures by: the core and its first item, a profile, targets; and what it offers itself."""
    versions = await place.get("/v1/frameworks", code=CORE, state="published")
    asked = await place.get("/v1/instruments/B", lang="en")
    profile = await place.get(f"/v1/role-profiles/{ROLE}")
    listed = [item async for item in place.pages("/v1/interventions")]
    aimed = sorted({item["indicator"] async for item in place.pages("/v1/targets")})
    targets = [
        await place.get(f"/v1/targets/{code}/{PERIOD}/levels/facility") for code in aimed
    ]  # what holds
    return {
        "versions": [item["framework_version"] for item in versions["items"]],
        "asks": asked["items"][0]["text"],
        "weight": profile["profile"]["QM"]["weight"],
        "targets": {item["indicator"]: (item["value"], item["origin"]) for item in targets},
        "entries": {item["code"]: item["origin"] for item in listed if item["origin"] != "catalogue"},
    }


async def uses(region: Instance, wanted: dict[str, Any]) -> None:
    """Wait until a region measures by what is wanted."""
    found: dict[str, Any] = {}

    async def same() -> bool:
        found.update(await used(region.run.api))
        return found == wanted

    try:
        await wait_for(same, SECONDS, every=LOOK)
    except AssertionError:
        assert found == wanted
        raise


async def test_a_region_that_was_away_has_all_of_a_hub_that_was_killed_once_and_in_order(
    federation: Instances,
) -> None:
    hub, north = federation.hub, north_of(federation)
    await federation.until(partial(ledger.came_down, hub, north))
    known = await used(north.run.api)
    await federation.line.cut()
    async with hub.asked() as api:
        await publish_framework(api, 2)
        await api.call("PUT", "/v1/interventions/HUB-01", json=ENTRY)
        await weigh(api, 7)
        await aim(api, "OP-01", 60)
        await aim(api, "OP-04", 70)
        await publish_framework(api, 3)
        await hub.kill()
        await aim(api, "OP-05", 80)
    assert await used(north.run.api) == known
    await federation.line.open()
    wanted = {
        "versions": [1, 2, 3], "asks": "as version 3 asks", "weight": 7, "entries": {"HUB-01": "hub"},
        "targets": {"OP-01": (60, "hub"), "OP-04": (70, "hub"), "OP-05": (80, "hub")},
    }  # fmt: skip
    await uses(north, wanted)
    await federation.until(partial(ledger.came_down, hub, north))


async def test_one_publication_that_is_lost_or_that_nobody_sent_is_seen(federation: Instances) -> None:
    """In an inbox at the region; and where the hub's outbox does not know what it sent."""
    hub, north = federation.hub, north_of(federation)
    await federation.until(partial(ledger.came_down, hub, north))
    kind = "%.down.evaluation.indicators-published.v1"
    ((sent,),) = await hub.rows(
        "evaluation", "select event_id from outbox where subject like $1 limit 1", kind
    )
    ((reader,),) = await north.rows("evaluation", "select consumer from inbox where event_id = $1", sent)
    gone = "delete from inbox where consumer = $1 and event_id = $2"
    there = "insert into inbox (consumer, event_id) values ($1, $2)"
    other = "update outbox set event_id = $2 where event_id = $1"
    strange = uuid4()
    for place, spoil, mend, values, back in (
        (north, gone, there, (reader, sent), (reader, sent)),
        (north, there, gone, (reader, strange), (reader, strange)),
        (hub, other, other, (sent, strange), (strange, sent)),
    ):
        await place.rows("evaluation", spoil, *values)
        assert not await ledger.came_down(hub, north)
        await place.rows("evaluation", mend, *back)
        assert await ledger.came_down(hub, north)


async def test_what_a_region_adapts_holds_there_and_is_shown_at_its_hub(federation: Instances) -> None:
    """Also when the hub writes the same profile and target again, later."""
    hub, north = federation.hub, north_of(federation)
    before = await used(north.run.api)
    await weigh(north.run.api, 9)
    await aim(north.run.api, "OP-04", 55)
    await north.run.api.call("PUT", "/v1/interventions/NORTH-01", json={**ENTRY, "hours": 24})
    own = {
        "weight": 9, "entries": {"HUB-01": "hub", "NORTH-01": "own"},
        "targets": {**before["targets"], "OP-04": (55, "own")},
    }  # fmt: skip
    assert await used(north.run.api) == before | own
    async with hub.asked() as api:
        await wait_for(partial(told, api), SECONDS, every=LOOK)
        assert "NORTH-01" not in (await used(api))["entries"]
        await weigh(api, 2)
        await api.change("PUT", f"/v1/targets/OP-04/{PERIOD}/levels/facility", 1, {"value": 75})
    await federation.until(partial(ledger.came_down, hub, north))
    assert await used(north.run.api) == before | own


async def told(hub: Api) -> bool:
    """Whether the hub shows what north adapted, as north has it."""
    overlays, entries, targets = [
        [item async for item in hub.pages(f"/v1/national/{what}")]
        for what in ("overlays", "interventions", "targets")
    ]
    profiles = [(one["region"], one["role_code"], one["profile"]["QM"]["weight"]) for one in overlays]
    offered = [(one["region"], one["intervention"]["code"], one["intervention"]["hours"]) for one in entries]
    aims = [(one["region"], one["indicator"], one["value"]) for one in targets]
    return (profiles, offered, aims) == (
        [("north", ROLE, 9)], [("north", "NORTH-01", 24)], [("north", "OP-04", 55)]
    )  # fmt: skip


async def test_a_region_without_a_line_carries_its_figures(federation: Instances) -> None:
    """The hub's figures are the region's while the line is cut; the next file holds what is new."""
    hub, north = federation.hub, north_of(federation)
    await federation.check()
    await federation.line.cut()
    before = await federation.before()
    await rate(north, "carried")
    await federation.sent_more(before.sent, "north")
    carried_up = await carry_up(federation)
    await federation.check(since=before)
    assert {event for file in carried_up for event in file.ids} == (await ledger.sent(north)).keys()
    assert carried_up[0].ids >= before.sent["north"].keys()  # the first file holds everything
    assert 0 < carried_up[0].fresh < len(carried_up[0].ids)
    for one, other in pairwise(carried_up):
        assert not one.ids & other.ids
    assert (await carried(north, hub)).ids == frozenset()
    again = await carried(north, hub, "--again")
    assert (set(again.ids), again.fresh) == (set(await ledger.sent(north)), 0)


async def carry_up(federation: Instances) -> list[Carried]:
    """Files, one after the other, until the hub has what the region published."""
    files: list[Carried] = []

    async def more() -> bool:
        files.append(await carried(north_of(federation), federation.hub))
        return await federation.met()

    await wait_for(more, SECONDS, every=LOOK)
    return files


async def test_publications_are_carried_to_the_region_they_are_for(federation: Instances) -> None:
    hub, north = federation.hub, north_of(federation)
    before = await used(north.run.api)
    async with hub.asked() as api:
        await aim(api, "OP-06", 20)
        await publish_framework(api, 4)
    whole = await carried(hub, north, "--to", "north")
    new = {"versions": [1, 2, 3, 4], "asks": "as version 4 asks"}
    targets = {**before["targets"], "OP-06": (20, "hub")}
    await uses(north, before | new | {"targets": targets})
    assert len(whole.ids) > whole.fresh > 1
    assert (await carried(hub, north, "--to", "north")).ids == frozenset()
    said = await steward(hub, "export", "nowhere.bin")
    assert (said.returncode, "say --to REGION" in said.stderr) == (2, True)


async def test_files_and_the_line_that_comes_back_bring_each_event_once(federation: Instances) -> None:
    """Both ways, at once; and the same files again after the line brought what they hold."""
    hub, north = federation.hub, north_of(federation)
    before = await federation.before()
    await rate(north, "both ways")
    async with hub.asked() as api:
        await aim(api, "OC-01", 30)
    await federation.sent_more(before.sent, "north")
    await asyncio.gather(federation.line.open(), carried(north, hub), carried(hub, north, "--to", "north"))
    await federation.check(since=before)
    await federation.until(partial(ledger.came_down, hub, north))
    await carried(hub, north, "--to", "north", "--again")
    await carried(north, hub, "--again")
    await federation.check()
    await federation.until(partial(ledger.came_down, hub, north))
