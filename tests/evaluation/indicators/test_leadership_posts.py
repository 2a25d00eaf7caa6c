"""OP-01 is of people in leadership and management posts: those whose role has a profile."""

from collections.abc import Callable
from datetime import date
from typing import Any

from msgspec.structs import replace

from services.evaluation.facts.person_facts import Person
from shared.events.assessment import RoleProfilesChanged
from shared.leadership import is_leadership_post
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.fact_builders import fact_assessment, fact_post
from tests.evaluation.indicators.test_outputs import total
from tests.evaluation.indicators.test_upkeep import settle

Today = Callable[[str], date]
UNITS = b.received(b.units(("C", None), ("F1", "C")))


def said(*role_codes: str, version: int = 1, day: str = "2026-07-10") -> Any:
    """Roles that have a profile, as assessment says them."""
    event = b.received(RoleProfilesChanged(role_codes=list(role_codes)), version)
    return type(event)(event.id, event.data, event.aggregate_id, version, event.instance, b.at(day))


def holder(name: str, role: str, version: int = 1) -> Any:
    state = b.person(name, "F1", version)
    return replace(state, posts=[replace(state.posts[0], role_code=role)])


async def covered(evaluation: Evaluation, period: str) -> tuple[int, int]:
    """Numerator and denominator of OP-01 at the facility, in people."""
    _, numerator, denominator, _ = (await evaluation.cells()).get(("OP-01", period, "F1"), ("", 0, 0, 0))
    return numerator // 1000, denominator // 1000


async def test_holders_of_posts_without_a_profile_are_not_counted(
    evaluation: Evaluation, today: Today
) -> None:
    """A head, a nurse, and another head who is not assessed; whatever is said first."""
    today("2026-07-15")
    people = [holder("p0", "head"), holder("p1", "nurse"), holder("p2", "head")]
    await evaluation.take(UNITS, b.received(b.people(*people)))
    await evaluation.take(*(b.received(b.assessed(f"a{n}", f"p{n}", "2026-07-10")) for n in range(2)))
    assert await covered(evaluation, "2026Q3") == (2, 3)
    await evaluation.take(said("head"))
    await settle(evaluation)
    assert await covered(evaluation, "2026Q3") == (1, 2)
    await evaluation.take(b.received(b.people(holder("p1", "head", version=2))))
    assert await covered(evaluation, "2026Q3") == (2, 3)


async def test_a_profile_counts_from_the_day_on_which_it_was_said(
    evaluation: Evaluation, today: Today
) -> None:
    """Nurses get one in October; older news and repeats change nothing."""
    today("2026-08-15")
    await evaluation.take(
        UNITS, said("head"), b.received(b.people(holder("p0", "head"), holder("p1", "nurse")))
    )
    await evaluation.take(b.received(b.assessed("a0", "p0", "2026-07-10")))
    today("2026-10-05")
    await settle(evaluation)
    later = said("head", "nurse", version=3, day="2026-10-05")
    await evaluation.take(later, said("nurse", version=2, day="2026-09-01"), later)
    await settle(evaluation)
    assert await covered(evaluation, "2026Q3") == (1, 1)
    assert await covered(evaluation, "2026Q4") == (1, 2)
    await evaluation.take(said("nurse", version=4, day="2026-10-20"))
    today("2026-10-20")
    await settle(evaluation)
    assert await covered(evaluation, "2026Q4") == (0, 1)


def test_a_role_that_leads_nobody_counts_nowhere() -> None:
    """Whether profiles are known or not, and though somebody wrote one for it."""
    always = ((date(1900, 1, 1), date.max),)
    assert is_leadership_post("B", None, date(2026, 1, 1))
    assert not is_leadership_post(None, None, date(2026, 1, 1))
    for profiled in (None, always):
        person = Person(True, (fact_post(profiled=profiled, level=""),), (fact_assessment(day="2026-06-01"),))
        assert total("OP-01", [person]) == (0, 0)


def test_the_primary_post_alone_is_looked_at() -> None:
    """A second post with a profile does not make up for a primary one without."""
    until_june = ((date(1900, 1, 1), date(2026, 6, 30)),)
    always = ((date(1900, 1, 1), date.max),)
    person = Person(
        True,
        (fact_post(profiled=until_june), fact_post(primary=False, profiled=always)),
        (fact_assessment(day="2026-06-01"),),
    )
    assert total("OP-01", [person]) == (0, 0)
    assert total("OP-01", [person], period="2026Q2") == (1, 1)
