"""A hub's view of the scores of a region's units, a level at a time, as the region published them."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared.disclosure.document import Cell, Release
from shared.events.assessment import Rollup, RollupsPublished
from shared.events.registry import UnitsChanged
from shared.events.release_parts import RollupReleasePublished
from shared.releases import document_events
from tests.federated import Regions
from tests.served import Client
from tests.servers import wait_for
from tests.units_of_regions import View, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")
VIEW = View("assessment", "/v1/national/rollups/units", {"period": "2026Q4", "level": "I"}, "rollup")
regions, hub = VIEW.fixtures()


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
    await VIEW.settled(hub)


async def test_units_below_a_parent_have_names_and_what_was_published_of_them(
    hub: Client, settled: None
) -> None:
    answer = await VIEW.page(hub, "south", "S")
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
        found = await VIEW.so_far(hub, "west", "W")
        return found if found.get("W-1") else None

    found = await wait_for(there)
    assert found["W-2"] is None
    assert found["W-1"]["people"] == 20
    shown = [figure for figure in found["W-1"]["figures"] if figure]
    assert shown == [{"people": 20, "sum": 6000, "mean": 300, "below_target": None, "below_target_of": None}]


async def test_levels_quarters_and_regions_stand_apart(hub: Client, settled: None) -> None:
    assert (await VIEW.below(hub, "south"))["S"]["people"] == 30
    assert (await VIEW.below(hub, "south", "S", level="B"))["S-1"]["people"] == 40
    assert (await VIEW.below(hub, "south", "S", period="2026Q3"))["S-1"]["people"] == 41
    assert await VIEW.below(hub, "south", "S", level="A") == {"S-1": None, "S-2": None}
    assert (await VIEW.below(hub, "east", "E"))["S-1"]["people"] == 99


async def test_a_page_goes_on_where_it_ended(hub: Client, settled: None) -> None:
    first = await VIEW.page(hub, "south", "S", limit="1")
    second = await VIEW.page(hub, "south", "S", limit="1", cursor=first["next"])
    assert [one["unit_code"] for page in (first, second) for one in page["items"]] == ["S-1", "S-2"]
    assert second["next"] is None


async def test_what_is_not_known_is_refused(hub: Client, settled: None) -> None:
    await VIEW.refuses_what_is_not_known(hub)


async def test_who_may_read_it(hub: Client, token: Any, settled: None) -> None:
    await VIEW.is_for_readers_of_the_country(hub, token)


async def test_elsewhere_there_is_no_hub(settings: Any, serve: Any, token: Any) -> None:
    await VIEW.is_of_a_hub_alone(settings, serve, token)
