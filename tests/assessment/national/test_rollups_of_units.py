"""A hub's view of the scores of a region's units, a level at a time, as the region published them."""

from collections.abc import AsyncIterator
from datetime import date
from functools import partial
from typing import Any

import pytest
import pytest_asyncio

from shared.disclosure.document import Cell, Release
from shared.events.assessment import Rollup, RollupsPublished
from shared.events.registry import UnitsChanged, UnitState
from shared.events.release_parts import RollupReleasePublished
from shared.releases import document_events
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
URL = "/v1/national/rollups/units"
ASKED = {"period": "2026Q4", "level": "I"}
ROOT = INSTANCE.upper()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    """A region of three units, and another one of which one has the same code."""
    async with regions_of_hub(nats_url, "assessment") as found:
        await found.publish("south", UnitsChanged(items=[
            unit("S", None, name="South"), unit("S-1", "S", name="First District"), unit("S-2", "S"),
        ]))  # fmt: skip
        await found.publish("east", UnitsChanged(items=[unit("E", None), unit("S-1", "E")]))
        yield found


def unit(code: str, parent: str | None, **values: Any) -> UnitState:
    return UnitState(
        unit_code=code, parent=parent, version=3, level="district", type="District",
        open_from=date(2000, 1, 1), **values,
    )  # fmt: skip


async def below(hub: Client, region: str, parent: str | None = None, **params: str) -> dict[str, Any]:
    """The field `rollup` of each unit."""
    asked = {**ASKED, "region": region, **({"parent": parent} if parent else {}), **params}
    answer = await hub.get(URL, params=asked)
    assert answer.status == 200, answer.json
    return {one["unit_code"]: one["rollup"] for one in answer.json["items"]}


async def refused(hub: Client, **params: str) -> tuple[int, str]:
    answer = await hub.get(URL, params={**ASKED, **params})
    return answer.status, answer.code


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings: Any, serve: Any, token: Any, regions: Regions) -> Client:
    client = await serve(application(settings("assessment", federation="hub", **AS_ADMIN)))
    await regions.publish(INSTANCE, UnitsChanged(items=[unit(ROOT, None)]))  # its own
    manager: Client = client.using(token("programme-manager", units=(ROOT,)))
    await wait_for(partial(knows, manager))
    return manager


async def knows(hub: Client) -> bool:
    """Whether the hub has its own unit and those of both regions."""
    answers = [await hub.get(URL, params={**ASKED, "region": region}) for region in ("south", "east")]
    return all(answer.status == 200 and answer.json["items"] for answer in answers)


def cell(code: str, people: int | None, mean: int = 300, **values: Any) -> Rollup:
    """Every competency alike; of the last nothing is published, and of the first who is below target."""
    figures = [people] * 10 + [None]
    sums = [None if people is None else people * mean] * 10 + [None]
    known = {"period": "2026Q4", "level": "I", "version": 7, "suppressed": people is None}
    return Rollup(
        unit_code=code, people=people, counts=figures, sums=sums, below=[people and 6, *[None] * 10],
        **(known | values),
    )  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def settled(hub: Client, regions: Regions) -> None:
    """South published its top and one district, others at another level and in another quarter, and one of few."""
    await regions.publish("east", RollupsPublished(items=[cell("S-1", 99)]))
    await regions.publish("south", RollupsPublished(items=[
        cell("S-1", 40, level="B"), cell("S-1", 41, period="2026Q3"), cell("S-2", None),
        cell("S", 30), cell("S-1", 20),
    ]))  # fmt: skip

    async def there() -> bool:
        both = (await below(hub, "south", "S"))["S-1"], (await below(hub, "east", "E"))["S-1"]
        return None not in both

    await wait_for(there)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = (await hub.get(URL, params={**ASKED, "region": "south", "parent": "S"})).json
    first, second = answer["items"]
    assert {name: first[name] for name in ("region", "unit_code", "name", "parent", "level", "version")} == {
        "region": "south", "unit_code": "S-1", "name": "First District", "parent": "S", "level": "district",
        "version": 3,
    }  # fmt: skip
    figures = first["rollup"].pop("figures")
    assert first["rollup"] == {"people": 20, "version": 7, "epoch": 1, "suppressed": False}
    assert figures[0] == {"people": 20, "sum": 6000, "mean": 300, "below_target": 6, "below_target_of": 20}
    assert (figures[1]["below_target"], figures[10]) == (None, None)
    assert (second["unit_code"], second["name"], second["rollup"]) == ("S-2", None, None)
    assert (answer["scale"], len(answer["competencies"]), answer["next"]) == ("hundredths", 11, None)


async def test_what_a_release_withholds_of_a_unit_is_null(
    hub: Client, regions: Regions, settled: None
) -> None:
    """West sends whole releases; of W-1 the people are shown, and scores in one competency."""
    cells = (
        Cell("W-1", "I", "QM", 20, 6000), Cell("W-1", "I", "people", 20, 20),
        Cell("W-2", "I", "QM", 20, 6000), Cell("W-2", "I", "people", None, None),
    )  # fmt: skip
    release = Release("roll-ups", "2026Q4", date(2026, 11, 1), 1, None, tuple(sorted(cells)))
    of = (release.cube, release.period, release.number, release.as_of, release.digest)
    await regions.publish("west", UnitsChanged(items=[unit("W", None), unit("W-1", "W"), unit("W-2", "W")]))
    for event in document_events.events(RollupReleasePublished, of, release.canonical()):
        await regions.publish("west", event)

    async def there() -> dict[str, Any] | None:
        answer = await hub.get(URL, params={**ASKED, "region": "west", "parent": "W"})
        found = {one["unit_code"]: one["rollup"] for one in answer.json.get("items", [])}
        return found if found.get("W-1") else None

    found = await wait_for(there)
    assert found["W-2"] is None
    assert found["W-1"]["people"] == 20
    shown = [figure for figure in found["W-1"]["figures"] if figure]
    assert shown == [{"people": 20, "sum": 6000, "mean": 300, "below_target": None, "below_target_of": None}]


async def test_levels_quarters_and_regions_stand_apart(hub: Client, settled: None) -> None:
    assert (await below(hub, "south"))["S"]["people"] == 30
    assert (await below(hub, "south", "S", level="B"))["S-1"]["people"] == 40
    assert (await below(hub, "south", "S", period="2026Q3"))["S-1"]["people"] == 41
    assert await below(hub, "south", "S", level="A") == {"S-1": None, "S-2": None}
    assert (await below(hub, "east", "E"))["S-1"]["people"] == 99


async def test_a_page_goes_on_where_it_ended(hub: Client, settled: None) -> None:
    asked = {**ASKED, "region": "south", "parent": "S", "limit": "1"}
    first = (await hub.get(URL, params=asked)).json
    second = (await hub.get(URL, params={**asked, "cursor": first["next"]})).json
    assert [one["unit_code"] for page in (first, second) for one in page["items"]] == ["S-1", "S-2"]
    assert second["next"] is None


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    assert await refused(hub, region="nowhere") == (404, "region-unknown")
    assert await refused(hub, region="east", parent="S-2") == (404, "unit-unknown")
    assert await refused(hub) == (422, "input-invalid")
    assert await refused(hub, region="south", period="2026") == (422, "period-malformed")


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    def asking(*roles: str, unit: str = ROOT) -> Client:
        return hub.using(token(*roles, units=(unit,)))

    assert await below(asking("ops"), "south")
    assert await refused(asking("hris"), region="south") == (403, "role-missing")
    assert await refused(asking("programme-manager", unit="S"), region="south") == (403, "unit-out-of-scope")


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    client = (await serve(application(settings("assessment")))).using(token("ops", units=(ROOT,)))
    assert await refused(client, region="south") == (404, "not-a-hub")
