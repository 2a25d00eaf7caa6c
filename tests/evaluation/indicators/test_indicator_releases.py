"""Indicators are released at calendar dates, each by itself, from who counts then."""

from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest
import pytest_asyncio
import sqlalchemy as sa

from services.evaluation.indicators.commands import indicator_releases
from services.evaluation.indicators.computed import COMPUTED
from shared.disclosure.document import read
from shared.releases.due_dates import Due
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_upkeep import settle

TREE = b.units(("C", None), ("D1", "C"), ("F1", "D1"), ("F2", "D1"), ("D2", "C"), ("F3", "D2"))
Q3, Q4 = "2026Q3", "2026Q4"
Cells = dict[str, tuple[int, int]]


@pytest_asyncio.fixture
async def country(evaluation: Evaluation, today: Callable[[str], date]) -> AsyncIterator[Evaluation]:
    """Twelve people at each of F1 and F3, six of each assessed; nothing was ever released. It is August."""
    today("2026-08-25")
    people = [b.person(f"{unit}-{number}", unit) for unit in ("F1", "F3") for number in range(12)]
    await evaluation.take(b.received(TREE), b.received(b.people(*people)))
    await evaluation.take(
        *(
            b.received(b.assessed(f"a-{unit}-{number}", f"{unit}-{number}", "2026-07-10", unit))
            for unit in ("F1", "F3")
            for number in range(6)
        )
    )
    await settle(evaluation)
    yield evaluation


async def release(evaluation: Evaluation, cube: str, period: str = Q3, day: int = 1) -> bool:
    async with evaluation.database.session() as session:
        return await indicator_releases.release(session, cube, Due(period, date(2026, 11, day)))


async def look(evaluation: Evaluation) -> int:
    async with evaluation.database.session() as session:
        return await indicator_releases.release_next(session)


async def released(evaluation: Evaluation, figure: str, number: int = 1, period: str = Q3) -> Cells:
    """People and total of each unit of which a release shows the figure."""
    cube = figure.partition(" ")[0].partition(":")[0]
    asked = {"cube": cube, "period": period, "number": number}
    ((document, digest),) = await evaluation.rows(
        "select document, digest from release where cube = :cube and period = :period and number = :number",
        **asked,
    )
    return {
        cell.unit: (cell.people, cell.total)
        for cell in read(document.encode(), digest).cells
        if cell.measure == figure and cell.people is not None and cell.total is not None
    }


async def test_a_release_has_people_and_those_of_the_numerator(country: Evaluation) -> None:
    assert await release(country, "OP-01")
    units = ("C", "D1", "D2", "F1", "F3")
    assert await released(country, "OP-01 people") == {
        unit: (24, 24) if unit == "C" else (12, 12) for unit in units
    }
    assert await released(country, "OP-01 numerator") == {
        unit: (24, 12) if unit == "C" else (12, 6) for unit in units
    }


async def test_a_quarter_is_judged_against_the_one_before_it(
    country: Evaluation, today: Callable[[str], date]
) -> None:
    """F3 loses one person after September: October's coverage less September's would tell of that one."""
    await release(country, "OP-01")
    gone = b.person("F3-0", "F3", version=2, until=date(2026, 10, 1))
    await country.take(b.received(b.people(gone)))
    today("2026-10-05")
    await settle(country)
    await release(country, "OP-01", Q4, 2)
    for figure in ("OP-01 people", "OP-01 numerator"):
        found = await released(country, figure, period=Q4)
        assert found == {
            unit: cell for unit, cell in (await released(country, figure)).items() if unit in found
        }
        assert found.keys() == {"D1", "F1"}
    numbered = await country.rows("select distinct period, share from release_share where cube = 'OP-01'")
    assert sorted(numbered) == [("", number) for number in range(1, 25)]


async def test_another_assessment_with_the_same_result_is_a_change(country: Evaluation) -> None:
    """F1 waits: one of its people is assessed again, and stays covered as before."""
    await release(country, "OP-01")
    await country.take(b.received(b.assessed("again", "F1-0", "2026-08-20")))
    await release(country, "OP-01", day=2)
    first, second = [await released(country, "OP-01 numerator", number) for number in (1, 2)]
    assert second == {unit: first[unit] for unit in ("D2", "F3")}
    assert await released(country, "OP-01 people", 2) == await released(country, "OP-01 people")


async def test_figures_that_are_judged_by_others_are_released_as_they_are(country: Evaluation) -> None:
    """Of twelve people six did none of two activities, three the coaching, three a course of 30 hours as well."""
    for unit in ("F1", "F3"):
        for number in range(12):
            who, plan = f"{unit}-{number}", f"plan-{unit}-{number}"
            coaching = b.planned(f"coaching-{who}", "2026-08-10")
            course = b.planned(f"course-{who}", "2026-08-10", approach="formal-training", hours=30)
            known = b.agreed(plan, f"a-{who}", who, "2026-07-20", coaching, course, unit_code=unit)
            await country.take(b.received(known, 2))
            for name, more in (("coaching", {}), ("course", {"approach": "formal-training", "hours": 30})):
                if number < (6 if name == "coaching" else 3):
                    done = b.completed(f"{name}-{who}", plan, who, "2026-08-05", unit_code=unit, **more)
                    await country.take(b.received(done))
    for cube, people, numerator, denominator in (("OP-05", 12, 9, 24), ("OP-06", 6, 60, 150)):
        await release(country, cube)
        figures = {"people": people, "numerator": numerator, "denominator": denominator}
        for name, total in figures.items():
            assert await released(country, f"{cube} {name}") == {
                **dict.fromkeys(("D1", "D2", "F1", "F3"), (people, total)), "C": (2 * people, 2 * total)
            }  # fmt: skip


async def test_everybody_is_measured_first_and_each_indicator_waits_for_its_date(
    country: Evaluation, today: Callable[[str], date]
) -> None:
    assert await look(country) == 0
    today("2026-10-01")
    assert await look(country) == 0  # a quarter began, and nobody is measured as of its first day
    await settle(country)
    looked_at = 0
    while await look(country):
        looked_at += 1
    made = await country.rows("select cube, period, number from release order by cube")
    assert made == [("OC-05", Q3, 1), ("OP-01", Q3, 1), ("OP-04", Q3, 1)]
    assert looked_at >= len(made)
    assert await look(country) == 0
    dates = await country.rows("select cube from release_date where period = '' and as_of = '2026-10-01'")
    assert {cube for (cube,) in dates} == set(COMPUTED)


async def test_who_was_measured_before_sources_were_stored_is_measured_again(country: Evaluation) -> None:
    async with country.database.session() as session:
        await session.execute(sa.text("update contribution set source = null"))
    assert not await release(country, "OP-01")
    await settle(country)
    assert await country.rows("select 1 from contribution where source is null") == []
    assert await release(country, "OP-01")


@pytest.mark.parametrize("statement", ["update release set document = ''", "delete from release"])
async def test_the_database_refuses_to_change_a_release(country: Evaluation, statement: str) -> None:
    await release(country, "OP-01")
    with pytest.raises(sa.exc.DBAPIError, match="never changed"):
        async with country.database.session() as session:
            await session.execute(sa.text(statement))
