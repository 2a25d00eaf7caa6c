"""What regions published, as their hub keeps it: repeats, old news, other epochs; added up to the nation's."""

import random
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from shared.database.engine import Database
from shared.events.registry import UnitsChanged, UnitState
from shared.federation import regional_figures
from shared.federation.regional_figures import Figure
from tests.shared.federation.conftest import said, units

pytestmark = pytest.mark.usefixtures("empty")
KIND = "rollup"


def figure(version: int, *figures: int, unit: str = "TOP", hidden: bool = False) -> Figure:
    return Figure(unit, "2026Q3", "B", version, None if hidden else list(figures))


async def take(hub: Database, *published: regional_figures.Published) -> None:
    async with hub.session() as session:
        await regional_figures.take(session, KIND, published)


async def seen(hub: Database) -> dict[str, list[int | None] | None]:
    async with hub.reading() as session:
        return {
            row.region: row.figures for row in await regional_figures.regions(session, KIND, "2026Q3", "B")
        }


async def test_the_nation_is_the_sum_of_what_regions_published_of_their_top_units(hub: Database) -> None:
    await units(hub, "north", "south")
    await take(
        hub,
        (said("north"), [figure(1, 10, 100), figure(1, 7, 70, unit="BELOW")]),
        (said("south"), [figure(1, 20, 250)]),
    )
    async with hub.reading() as session:
        rows = await regional_figures.regions(session, KIND, "2026Q3", "B")
    assert regional_figures.added(rows) == [30, 350]


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
async def test_repeats_and_old_news_change_nothing(hub: Database, together: bool) -> None:
    await units(hub, "north")
    history = [(said("north"), [figure(version, version * 10)]) for version in range(1, 9)]
    shuffled = [*history, *history]
    random.Random(3).shuffle(shuffled)
    for batch in [shuffled] if together else [[item] for item in shuffled]:
        await take(hub, *batch)
    assert await seen(hub) == {"north": [80]}


async def test_a_later_epoch_wins_with_a_lower_version_and_stays(hub: Database) -> None:
    await units(hub, "north")
    await take(hub, (said("north"), [figure(9, 90)]))
    await take(hub, (said("north", epoch=2), [figure(4, 40)]))
    await take(hub, (said("north"), [figure(10, 100)]))
    assert await seen(hub) == {"north": [40]}


@pytest.mark.parametrize("together", [True, False], ids=["one batch", "one by one"])
async def test_what_a_new_epoch_does_not_say_again_is_forgotten(hub: Database, together: bool) -> None:
    await units(hub, "north", "south")
    lost = [figure(1, 60, unit="BELOW"), figure(9, 90)]
    history = [
        (said("north"), lost),
        (said("south"), [figure(3, 30)]),
        (said("north", epoch=2), [figure(4, 40)]),
        (said("north"), lost),  # a file that was carried all the while
        (said("north", epoch=2), []),
    ]
    for batch in [history] if together else [[item] for item in history]:
        await take(hub, *batch)
    assert await kept(hub) == {("north", "TOP", 2, 4), ("south", "TOP", 1, 3)}
    await take(hub, (said("north", epoch=3), []))
    assert await kept(hub) == {("south", "TOP", 1, 3)}


async def test_a_unit_that_a_new_epoch_does_not_name_is_forgotten(hub: Database) -> None:
    await units(hub, "north", "south")
    state = UnitState(unit_code="TOP", version=1, level="region", type="Region", open_from=datetime.now(UTC))
    async with hub.session() as session:
        await regional_figures.take_units(session, [said("north", UnitsChanged(items=[state]), epoch=2)])
    await units(hub, "north")
    async with hub.reading() as session:
        rows = await session.execute(sa.text("select region, unit_code, epoch from national_unit"))
        found = {tuple(row) for row in rows}
    assert found == {("north", "TOP", 2), ("south", "TOP", 1), ("south", "BELOW", 1)}


async def test_the_name_of_a_unit_is_that_of_its_newest_version(hub: Database) -> None:
    opened = datetime.now(UTC)

    async def named(version: int, name: str | None) -> str | None:
        state = UnitState(
            unit_code="NAMED", version=version, level="region", type="Region", open_from=opened, name=name
        )
        async with hub.session() as session:
            await regional_figures.take_units(session, [said("north", UnitsChanged(items=[state]))])
            return await session.scalar(sa.text("select name from national_unit where unit_code = 'NAMED'"))

    assert await named(1, None) is None  # of a version that does not say it
    assert await named(2, "Clinic") == "Clinic"
    assert await named(1, None) == "Clinic"
    assert await named(3, "Hospital") == "Hospital"


async def kept(hub: Database) -> set[tuple[object, ...]]:
    async with hub.reading() as session:
        rows = await session.execute(sa.text("select region, unit_code, epoch, version from national_figure"))
        return {tuple(row) for row in rows}


async def test_a_figure_that_became_small_is_taken_away(hub: Database) -> None:
    await units(hub, "north", "south")
    await take(hub, (said("north"), [figure(1, 10)]), (said("south"), [figure(1, 20)]))
    await take(hub, (said("north"), [figure(2, hidden=True)]))
    assert await seen(hub) == {"south": [20]}
    async with hub.reading() as session:
        assert regional_figures.added(await regional_figures.regions(session, KIND, "2026Q3", "B")) == [20]


async def test_nothing_published_is_no_figure_and_not_zero(hub: Database) -> None:
    await units(hub, "north")
    assert regional_figures.added([]) is None
    await take(hub, (said("north"), [figure(1, hidden=True)]))
    async with hub.reading() as session:
        assert regional_figures.added(await regional_figures.regions(session, KIND, "2026Q3", "B")) is None


async def test_regions_with_units_of_the_same_code_stand_apart(hub: Database) -> None:
    await units(hub, "north", "south")
    await take(hub, (said("north"), [figure(5, 50)]))
    await take(hub, (said("south"), [figure(1, 10)]))
    assert await seen(hub) == {"north": [50], "south": [10]}
