"""Releases of regions at their hub: whole or not at all, in any order, and nothing that is another document."""

import asyncio
import gzip
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import msgspec
import pytest
import sqlalchemy as sa

from shared.database.engine import Database
from shared.disclosure.document import Cell, Release
from shared.events.release_parts import ReleasePublished, RollupReleasePublished
from shared.federation import document_parts, regional_figures, regional_releases
from shared.federation.regional_figures import Figure
from shared.messaging.batches import Unreadable
from shared.messaging.subscriptions import Received
from shared.releases import document_events
from tests.servers import wait_for
from tests.shared.federation.conftest import said, units

pytestmark = pytest.mark.usefixtures("empty")
KIND, PERIOD = "rollup", "2026Q3"
NAMES = ("people", "QM")


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document of a few cells has several parts, as a country's has, and its figures several pieces."""
    monkeypatch.setattr(document_parts, "TEXT", 90)
    monkeypatch.setattr(regional_releases, "ROWS", 2)


def document(number: int, **shown: tuple[int | None, int | None]) -> Release:
    """A release of the top unit and one below it: per unit people, and the sum of their scores."""
    cells = sorted(
        Cell(unit, "B", name, total and 10, total)
        for unit, totals in shown.items()
        for name, total in zip(NAMES, totals, strict=True)
    )
    as_of = date(2026, 8, 1) + timedelta(days=30 * number)
    return Release("roll-ups", PERIOD, as_of, number, number - 1 or None, tuple(cells))


def sent(release: Release, region: str = "north", epoch: int = 1) -> list[Received[ReleasePublished]]:
    of = (release.cube, release.period, release.number, release.as_of, release.digest)
    events = document_events.events(RollupReleasePublished, of, release.canonical())
    return [said(region, event, epoch=epoch) for event in events]


def figures(release: Release) -> Iterator[Figure]:
    """One figure of each unit, with a place for each name."""
    for unit in sorted({cell.unit for cell in release.cells}):
        own = {cell.measure: cell.total for cell in release.cells if cell.unit == unit}
        places = [own[name] for name in NAMES]
        yield Figure(unit, release.period, "B", release.number, places, release.as_of)


async def take(hub: Database, *events: Received[ReleasePublished]) -> None:
    async with hub.session() as session:
        await regional_releases.take(session, KIND, events, figures)


async def seen(hub: Database) -> dict[tuple[str, str], list[int | None]]:
    async with hub.reading() as session:
        rows = await session.execute(sa.text("select region, unit_code, figures from national_figure"))
        return {(row.region, row.unit_code): row.figures for row in rows}


async def stored(hub: Database, table: str) -> list[tuple[object, ...]]:
    async with hub.reading() as session:
        rows = await session.execute(sa.text(f"select region, epoch, number from {table} order by 1, 2, 3"))
        return [tuple(row) for row in rows]


def changed(event: Received[ReleasePublished], **fields: object) -> Received[ReleasePublished]:
    return replace(event, data=msgspec.structs.replace(event.data, **fields))


async def test_nothing_of_a_release_is_seen_before_all_of_it_is_there(hub: Database) -> None:
    first, *others = sent(document(1, TOP=(10, 3000), BELOW=(10, 1000)))
    assert others
    await take(hub, *others)
    assert (await seen(hub), await stored(hub, "national_release")) == ({}, [])
    await take(hub, first)
    assert await seen(hub) == {("north", "TOP"): [10, 3000], ("north", "BELOW"): [10, 1000]}
    assert await stored(hub, "national_release_part") == []


async def test_the_nation_is_the_sum_of_the_regions_releases(hub: Database) -> None:
    await units(hub, "north", "south")
    await take(hub, *sent(document(1, TOP=(10, 3000))), *sent(document(4, TOP=(10, 2000)), "south"))
    async with hub.reading() as session:
        rows = await regional_figures.regions(session, KIND, PERIOD, "B")
    assert regional_figures.added(rows) == [20, 5000]
    assert [(row.region, row.version, row.as_of) for row in rows] == [
        ("north", 1, date(2026, 8, 31)), ("south", 4, date(2026, 11, 29)),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
async def test_in_whatever_order_parts_come_the_newest_that_shows_a_figure_is_seen(
    hub: Database, seed: int
) -> None:
    """The third release withholds what the second showed of TOP's scores, and shows BELOW no more."""
    chance = random.Random(seed)
    history = [
        document(1, TOP=(10, 3000), BELOW=(10, 1000)),
        document(2, TOP=(11, 3300), BELOW=(None, 1100)),
        document(3, TOP=(12, None), BELOW=(None, None)),
    ]
    parts = [event for release in history for event in sent(release)] * 2
    chance.shuffle(parts)
    while parts:
        size = chance.randint(1, 4)
        await take(hub, *parts[:size])
        del parts[:size]
    assert await seen(hub) == {("north", "TOP"): [12, 3300], ("north", "BELOW"): [10, 1100]}
    assert await stored(hub, "national_release") == [("north", 1, number) for number in (1, 2, 3)]


async def test_a_figure_that_goes_with_another_one_is_not_left_beside_a_newer_one(hub: Database) -> None:
    def together(release: Release) -> Iterator[Figure]:
        return (replace(one, decided=(True, True)) for one in figures(release) if one.figures[0])

    history = [document(1, TOP=(10, 3000)), document(2, TOP=(12, None)), document(3, TOP=(None, 4000))]
    for release in (history[1], history[0], history[2]):
        async with hub.session() as session:
            await regional_releases.take(session, KIND, sent(release), together)
    assert await seen(hub) == {("north", "TOP"): [12, None]}


async def test_what_is_not_the_document_that_it_says_is_refused(hub: Database) -> None:
    whole = sent(document(1, TOP=(10, 3000), BELOW=(10, 1000)))
    await take(hub, *whole[1:])
    for wrong in (
        {"piece": b"no gzip"},
        {"piece": whole[0].data.piece[:-3]},
        {"piece": gzip.compress(bytes(10_000_000))},
        {"piece": gzip.compress(b"another text")},
        {"part": 0},
        {"part": 9, "parts": 8},
        {"parts": 10**9, "part": 10**9},
    ):
        with pytest.raises(Unreadable):
            await take(hub, changed(whole[0], **wrong))
    assert (await seen(hub), await stored(hub, "national_release")) == ({}, [])
    await take(hub, whole[0])
    assert len(await seen(hub)) == 2


async def test_parts_under_another_name_than_the_document_has_are_refused(hub: Database) -> None:
    renamed = [changed(event, number=7) for event in sent(document(1, TOP=(10, 3000)))]
    with pytest.raises(Unreadable):
        await take(hub, *renamed)
    assert await stored(hub, "national_release_part") == []


async def test_another_document_with_a_number_that_is_known_is_refused(hub: Database) -> None:
    await take(hub, *sent(document(1, TOP=(10, 3000))))
    with pytest.raises(Unreadable):
        await take(hub, *sent(document(1, TOP=(10, 3001))))
    assert await seen(hub) == {("north", "TOP"): [10, 3000]}


async def single(hub: Database, *places: int, version: int, epoch: int = 1) -> None:
    """What a region of an earlier version sends, and every region for a hub of one."""
    figure = Figure("TOP", PERIOD, "B", version, places)
    async with hub.session() as session:
        await regional_figures.take(session, KIND, [(said("north", epoch=epoch), [figure])])


async def test_the_first_document_ends_what_came_as_single_figures(hub: Database) -> None:
    await single(hub, 9, 900, version=40)
    await take(hub, *sent(document(1, BELOW=(10, 1000))))
    assert await seen(hub) == {("north", "BELOW"): [10, 1000]}
    await single(hub, 9, 900, version=41)
    assert await seen(hub) == {("north", "BELOW"): [10, 1000]}


async def test_single_figures_of_the_same_moment_are_not_left_beside_a_release(hub: Database) -> None:
    """Two consumers take them: the release waits for the single ones, and ends what these stored."""

    async def waits() -> bool:
        async with hub.reading() as session:
            waiting = sa.text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
            return bool(await session.scalar(waiting))

    figure = Figure("TOP", PERIOD, "B", 40, [9, 900])
    async with hub.session() as session:
        await regional_figures.take(session, KIND, [(said("north"), [figure])])
        release = asyncio.create_task(take(hub, *sent(document(1, BELOW=(10, 1000)))))
        await wait_for(waits)
    await release
    assert await seen(hub) == {("north", "BELOW"): [10, 1000]}


async def test_releases_that_a_new_epoch_does_not_send_again_are_forgotten(hub: Database) -> None:
    await take(hub, *sent(document(1, TOP=(10, 3000))), *sent(document(2, TOP=(11, 3300))))
    await take(hub, *sent(document(1, TOP=(10, 3000)), "south"))
    await single(hub, 9, 900, version=3, epoch=2)  # may come first
    assert (await seen(hub))["north", "TOP"] == [9, 900]
    await take(hub, *sent(document(1, TOP=(10, 3000)), epoch=2))
    await take(hub, *sent(document(2, TOP=(11, 3300))))  # a file that was carried all the while
    assert await seen(hub) == {("north", "TOP"): [10, 3000], ("south", "TOP"): [10, 3000]}
    assert await stored(hub, "national_release") == [("north", 2, 1), ("south", 1, 1)]
