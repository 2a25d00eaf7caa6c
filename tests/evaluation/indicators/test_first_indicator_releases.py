"""What an older version had published becomes the first release of a period, as far as its people are known."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date

import pytest_asyncio
import sqlalchemy as sa

from services.evaluation.indicators.commands import first_indicator_releases
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_indicator_releases import Q3, Q4, country, release, released
from tests.evaluation.indicators.test_publication import coverage, last, told
from tests.evaluation.indicators.test_upkeep import settle

__all__ = ["country"]

UNITS = ("C", "D1", "D2", "F1", "F3")
WHOLE = {unit: (12, 24) if unit == "C" else (6, 12) for unit in UNITS}


@pytest_asyncio.fixture
async def upgraded(country: Evaluation) -> AsyncIterator[Evaluation]:
    """Twelve people at each of F1 and F3, six of each covered, as a version without releases published them."""
    await publish_as_before(country)
    yield country


async def publish_as_before(evaluation: Evaluation) -> None:
    """Every value of five people or more as it is; of the changes before it none is remembered."""
    await execute(
        evaluation,
        """update indicator_value set published_numerator = numerator, published_denominator = denominator,
            published_people = people, published_as_of = as_of, published_version = 9, moved = 7
            where people >= 5""",
    )


async def execute(evaluation: Evaluation, statement: str) -> None:
    async with evaluation.database.session() as session:
        await session.execute(sa.text(statement))


async def begin(evaluation: Evaluation) -> dict[str, tuple[int, int]]:
    """Start the service; coverage as it is told then."""
    before = await last(evaluation)
    await first_indicator_releases.begin(evaluation.database)
    return coverage(await told(evaluation, before))


async def published(evaluation: Evaluation, period: str = Q3) -> dict[str, list[int]]:
    """Unit -> covered, in posts, version and release of its coverage, where any is published."""
    rows = await evaluation.rows(
        "select unit_code, published_numerator / 1000, published_denominator / 1000, published_version, moved"
        " from indicator_value where indicator = 'OP-01' and period = :period"
        " and (published_denominator is not null or moved > 0)",
        period=period,
    )
    return {unit: list(figures) for unit, *figures in rows}


async def changed(evaluation: Evaluation, unit: str, path: str) -> None:
    """Somebody of a unit had another share in coverage, which not every value told."""
    await execute(
        evaluation,
        f"""insert into share_change (indicator, period, person_id, path, numerator, denominator)
            select indicator, period, person_id, '{path}', 0, 1000 from contribution
            where indicator = 'OP-01' and unit_code = '{unit}' order by person_id limit 1""",
    )


async def test_what_was_published_is_the_first_release(upgraded: Evaluation) -> None:
    assert await begin(upgraded) == WHOLE
    assert await published(upgraded) == {unit: [*figures, 10, 1] for unit, figures in WHOLE.items()}
    assert await released(upgraded, "OP-01 numerator") == {
        unit: (posts, covered) for unit, (covered, posts) in WHOLE.items()
    }
    made = await upgraded.rows("select cube, period, number from release order by 1")
    assert ("OP-01", Q3, 1) in made
    assert await begin(upgraded) == {}
    assert await upgraded.rows("select cube, period, number from release order by 1") == made


async def test_replicas_that_start_together_make_it_once(upgraded: Evaluation) -> None:
    before = await last(upgraded)
    await asyncio.gather(*(first_indicator_releases.begin(upgraded.database) for _ in range(3)))
    assert coverage(await told(upgraded, before)) == WHOLE
    assert {figures[2] for figures in (await published(upgraded)).values()} == {10}


async def test_a_value_is_withheld_whose_people_are_not_known_any_more(upgraded: Evaluation) -> None:
    """Somebody came to F3 since: its values, and those above, tell of others than count now."""
    await upgraded.take(b.received(b.people(b.person("late", "F3"))))
    assert await begin(upgraded) == {"D1": (6, 12), "F1": (6, 12)}
    assert (await published(upgraded)).keys() == {"D1", "F1"}
    kept = await upgraded.rows(
        "select published_version from indicator_value where indicator = 'OP-01' and unit_code = 'F3'"
    )
    assert kept == [(9,)]


async def test_who_was_elsewhere_before_withholds_both_places(upgraded: Evaluation) -> None:
    await changed(upgraded, "F1", "{C,D2,F3}")
    assert await begin(upgraded) == {}
    assert await published(upgraded) == {}


async def test_a_change_withholds_what_lies_above_and_nothing_beside(upgraded: Evaluation) -> None:
    await changed(upgraded, "F1", "{C,D1,F1}")
    assert await begin(upgraded) == {"D2": (6, 12), "F3": (6, 12)}


async def test_a_share_without_a_source_withholds_what_it_counts_in(upgraded: Evaluation) -> None:
    await execute(upgraded, "update contribution set source = null where unit_code = 'F1'")
    assert await begin(upgraded) == {"D2": (6, 12), "F3": (6, 12)}
    assert not await release(upgraded, "OP-01", day=2)  # they are measured first
    await settle(upgraded)
    assert await release(upgraded, "OP-01", day=2)
    assert await released(upgraded, "OP-01 people", 2) == {
        unit: (posts, posts) for unit, (_, posts) in WHOLE.items()
    }


async def test_the_next_release_is_judged_beside_it(upgraded: Evaluation) -> None:
    """One person leaves F1, which stands as it was; ten come to F3, of whom five are covered."""
    await begin(upgraded)
    people = [b.person(f"new-{number}", "F3") for number in range(10)]
    gone = b.person("F1-0", "F1", version=2, active=False)
    await upgraded.take(b.received(b.people(gone, *people)))
    for number in range(5):
        await upgraded.take(b.received(b.assessed(f"a-new-{number}", f"new-{number}", "2026-07-20", "F3")))
    before = await last(upgraded)
    await release(upgraded, "OP-01", day=2)
    assert coverage(await told(upgraded, before)) == dict.fromkeys(("D2", "F3"), (11, 22))
    assert (await published(upgraded))["F1"] == [6, 12, 10, 1]
    assert (await published(upgraded))["F3"] == [11, 22, 11, 2]


async def test_quarters_that_overlap_have_their_shares_together(
    country: Evaluation, today: Callable[[str], date]
) -> None:
    today("2026-10-05")
    await settle(country)
    await publish_as_before(country)
    await begin(country)
    for period in (Q3, Q4):
        assert (await published(country, period)).keys() == set(UNITS)
    numbered = await country.rows("select distinct period, share from release_share where cube = 'OP-01'")
    assert sorted(numbered) == [("", number) for number in range(1, 25)]
    members = await country.rows(
        "select period, count(*) from release_member where cube = 'OP-01' group by 1 order by 1"
    )
    assert members == [(Q3, 24), (Q4, 24)]


async def test_a_rate_that_no_release_shows_is_withheld_and_keeps_nothing_from_being_shown_later(
    country: Evaluation,
) -> None:
    """All twelve of F1 are covered, which an older version said; later twelve more come
    to each of F1 and F3, half of them covered.
    """
    for number in range(6, 12):
        await country.take(b.received(b.assessed(f"a-{number}", f"F1-{number}", "2026-07-20")))
    await settle(country)
    await execute(country, "delete from share_change")
    await publish_as_before(country)
    assert await begin(country) == {"C": (18, 24)}  # less D2 it would say so of D1
    for unit in ("F1", "F3"):
        people = [b.person(f"new-{unit}-{number}", unit) for number in range(12)]
        await country.take(b.received(b.people(*people)))
        for number in range(6):
            who = f"new-{unit}-{number}"
            await country.take(b.received(b.assessed(f"a-{who}", who, "2026-07-20", unit)))
    before = await last(country)
    await release(country, "OP-01", day=2)
    assert coverage(await told(country, before)) == {
        "C": (30, 48), **dict.fromkeys(("D1", "F1"), (18, 24)), **dict.fromkeys(("D2", "F3"), (12, 24))
    }  # fmt: skip
