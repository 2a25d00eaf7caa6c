"""What an older version had published becomes the first release of headcounts, as far as its people are known."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services.registry.national.commands import first_headcount_releases
from shared import clock, periods
from tests.registry.region import Region

pytestmark = pytest.mark.asyncio(loop_scope="module")

# As a version without releases kept headcounts; two rounds published them.
_AS_BEFORE = """
alter table release disable trigger user;
truncate release, release_forest, release_share, release_member, release_date, published_headcount, outbox,
    total_share, total_change, total_tree, total_cell;
alter table release enable trigger user;
insert into total_tree (period, slice, edition, touched) values ('', 'I', 2, false);
insert into total_share (period, slice, person_id, unit_code, figures)
    select '', 'I', person_id, unit_code, array[(sex = 'female')::int] from person join post using (person_id);
insert into total_cell (period, slice, unit_code, path, own_people, own_figures, moved, version, people, figures,
        as_of)
    select '', 'I', u.unit_code, u.path, (select count(*) from total_share s where s.unit_code = u.unit_code),
        array[(select coalesce(sum(figures[1]), 0) from total_share s where s.unit_code = u.unit_code)], 2, 9,
        n.people, array[n.women], '2026-10-02'
    from unit u join (
        select place.code, count(*) as people, sum(figures[1]) as women
        from total_share join unit using (unit_code) cross join unnest(path) as place(code) group by 1
    ) n on n.code = u.unit_code;
update total_cell set version = 0, moved = 0, people = null, figures = null, as_of = null where people < 5
"""
_VERSIONS = "select unit_code, version, people is not null as shown from published_headcount order by 1"
ALL = {
    "SL": (32, 17), "SL-E": (20, 11), "SL-E-1": (20, 11), "E1A": (20, 11), "SL-N": (12, 6)
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def staffed(region: Region) -> AsyncIterator[Region]:
    """Twenty people at E1A, of whom eleven are women, and six women and six men at SL-N."""
    for unit, women, men in (("E1A", 11, 9), ("SL-N", 6, 6)):
        await region.hire(unit, women)
        await region.hire(unit, men, "male")
    yield region


@pytest_asyncio.fixture(loop_scope="module")
async def upgraded(staffed: Region) -> AsyncIterator[Region]:
    """Headcounts as a version without releases had published them of these people."""
    await execute(staffed, _AS_BEFORE)
    yield staffed


async def execute(region: Region, statement: str) -> None:
    async with region.app.state.database.transaction() as connection:
        await connection.execute(statement)


async def rows(region: Region, statement: str) -> list[tuple]:
    async with region.app.state.database.transaction() as connection:
        return [tuple(row) for row in await connection.fetch(statement)]


async def begin(region: Region) -> dict[str, tuple[int, int | None]]:
    """Start the service; what it tells then."""
    await first_headcount_releases.begin(region.app.state.database)
    return await region.told()


async def changed(region: Region, unit: str, before: str, edition: int) -> None:
    """Somebody of a unit counted elsewhere until this round."""
    await execute(
        region,
        f"""insert into total_change (period, slice, person_id, edition, path, figures)
            select period, slice, person_id, {edition}, '{before}', '{{1}}' from total_share
            where unit_code = '{unit}' order by person_id limit 1""",
    )


async def test_what_was_published_is_the_first_release(upgraded: Region) -> None:
    assert await begin(upgraded) == ALL
    assert {item["version"] for item in (await upgraded.newest()).values()} == {10}
    today = clock.today()
    made_once = await rows(upgraded, "select cube, period, number, as_of from release")
    assert made_once == [("headcounts", periods.of(today), 1, today)]
    sent = len(await upgraded.sent())
    await begin(upgraded)
    assert await rows(upgraded, "select cube, period, number, as_of from release") == made_once
    assert len(await upgraded.sent()) == sent


async def test_replicas_that_start_together_make_it_once(upgraded: Region) -> None:
    database = upgraded.app.state.database
    await asyncio.gather(*(first_headcount_releases.begin(database) for _ in range(3)))
    assert await rows(upgraded, "select number from release") == [(1,)]
    assert {item["version"] for item in (await upgraded.newest()).values()} == {10}


async def test_an_empty_instance_has_no_first_release(upgraded: Region) -> None:
    await execute(upgraded, "truncate total_cell")
    assert await begin(upgraded) == {}
    assert await rows(upgraded, "select number from release") == []


@pytest.mark.parametrize(("edition", "told"), [(2, ALL), (3, {"SL-N": ALL["SL-N"]})])
async def test_who_changed_after_a_cell_was_published_withholds_it(
    upgraded: Region, edition: int, told: dict[str, tuple[int, int | None]]
) -> None:
    """Of the second round every cell told, of the third none."""
    await changed(upgraded, "E1A", "{SL,SL-E}", edition)
    assert await begin(upgraded) == told


async def test_who_was_elsewhere_before_withholds_both_places(upgraded: Region) -> None:
    await changed(upgraded, "E1A", "{SL,SL-N}", 3)
    assert await begin(upgraded) == {}
    kept = await rows(upgraded, _VERSIONS)
    assert kept == [(unit, 9, False) for unit in sorted(ALL)]


async def test_who_was_not_counted_yet_withholds_both_places(upgraded: Region) -> None:
    """Somebody of SL-N moved there from E1A before the last start of the older version, which had not seen it."""
    await execute(
        upgraded,
        """update total_share set unit_code = 'E1A' where person_id = (
            select person_id from total_share where unit_code = 'SL-N' order by person_id limit 1)""",
    )
    assert await begin(upgraded) == {}


async def test_somebody_recorded_with_another_sex_withholds_the_place(upgraded: Region) -> None:
    await execute(
        upgraded,
        """update total_share set figures = '{0}' where person_id = (
            select person_id from total_share where unit_code = 'E1A' and figures[1] = 1 limit 1)""",
    )
    assert await begin(upgraded) == {"SL-N": ALL["SL-N"]}


async def test_a_unit_that_stands_elsewhere_withholds_what_is_above_it(upgraded: Region) -> None:
    """A version without releases had it below another one and had not seen that it moved."""
    await execute(upgraded, "update total_cell set path = '{SL,SL-N,SL-E-1,E1A}' where unit_code = 'E1A'")
    assert await begin(upgraded) == {}


async def test_women_who_were_not_told_are_not_shown(upgraded: Region) -> None:
    await execute(upgraded, "update total_cell set figures = '{null}' where unit_code = 'SL-N'")
    assert await begin(upgraded) == {**ALL, "SL-N": (12, None)}


async def test_all_women_of_a_unit_are_withheld_and_keep_nothing_from_being_shown_later(
    upgraded: Region,
) -> None:
    await execute(
        upgraded,
        """update person set sex = 'female' where person_id in (
            select person_id from total_share where unit_code = 'SL-N');
        update total_share set figures = '{1}' where unit_code = 'SL-N';
        update total_cell set own_figures = '{12}', figures = '{12}' where unit_code = 'SL-N';
        update total_cell set figures = '{23}' where unit_code = 'SL'""",
    )
    told = await begin(upgraded)
    assert told["SL-N"] == (12, None)
    assert told["SL"] == (32, 23)  # and of E1A none, beside which it would say so of SL-N
    for unit in ("SL-N", "E1A"):
        await upgraded.hire(unit, 8)
        await upgraded.hire(unit, 8, "male")
    await upgraded.release()
    later = await upgraded.told()
    assert (later["SL"], later["SL-N"], later["E1A"]) == ((64, 39), (28, 20), (36, 19))


async def test_the_next_release_is_judged_beside_it(upgraded: Region) -> None:
    """One person came to E1A, which stands as it was."""
    before = await begin(upgraded)
    await upgraded.hire("E1A", 1)
    await upgraded.hire("SL-N", 6)
    await upgraded.hire("SL-N", 6, "male")
    await upgraded.release()
    told = await upgraded.told()
    assert told["E1A"] == before["E1A"]
    assert told["SL-N"][0] == before["SL-N"][0] + 12
    assert (await upgraded.newest())["SL-N"]["version"] == 11
