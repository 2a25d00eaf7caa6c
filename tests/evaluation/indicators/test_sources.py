"""A share names what it follows from: another assessment makes another share, though the number is the same."""

from collections.abc import Callable
from datetime import date
from typing import Any

from services.evaluation.facts.person_facts import Person
from services.evaluation.indicators.computed import shares
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.fact_builders import (
    fact_activity,
    fact_assessment,
    fact_learning,
    fact_plan,
    fact_post,
    fact_reaction,
)

Q3, TODAY = "2026Q3", date(2026, 9, 30)


def source(indicator: str, period: str = Q3, **facts: Any) -> str | None:
    return shares(Person(True, (fact_post(),), **facts), TODAY, "2026Q2")[indicator, period].source


def test_who_is_assessed_again_with_the_same_result_has_another_share() -> None:
    once, twice = (fact_assessment(),), (fact_assessment(), fact_assessment("b", "2026-08-10"))
    for indicator in ("OP-01", "OP-04", "OC-05"):
        assert source(indicator, assessments=once) != source(indicator, assessments=twice)


def test_what_an_activity_leads_to_is_another_share_with_another_activity() -> None:
    plans, first = (fact_plan(),), fact_activity("x", done="2026-08-10")
    for indicator in ("OP-05", "OP-06"):
        found = {
            source(indicator, plans=plans, activities=activities)
            for activities in (
                (first,),
                (fact_activity("y", done="2026-08-10"),),
                (first, fact_activity("z")),
            )
        }
        assert len(found) == (3 if indicator == "OP-05" else 2)  # z is due and not done
    for indicator, kind, facts in (
        ("OC-01", "reactions", [fact_reaction(4, 4), fact_reaction(4, 4, "2026-08-21")]),
        ("OC-02", "learning", [fact_learning(10, 20), fact_learning(10, 20, "2026-08-21")]),
    ):
        assert source(indicator, **{kind: facts[:1]}) != source(indicator, **{kind: facts[1:]})


def test_an_uncovered_person_has_the_same_share_in_every_period() -> None:
    """So has one whom the same assessment covers: what is the same must not look like another one."""
    assert source("OP-01") == source("OP-01", "2026Q2")
    covered = (fact_assessment(day="2026-05-10"),)
    assert source("OP-01", assessments=covered) == source("OP-01", "2026Q2", assessments=covered)
    assert source("OP-01", assessments=covered) != source("OP-01")


async def test_another_source_changes_no_figure(evaluation: Evaluation, today: Callable[[str], date]) -> None:
    async def known() -> tuple[set[Any], list[Any]]:
        sources = await evaluation.rows("select source from contribution where indicator = 'OP-01'")
        values = await evaluation.rows("select * from indicator_value where indicator = 'OP-01' order by 3")
        return {row[0] for row in sources}, values

    today("2026-08-25")
    await evaluation.take(b.received(b.units(("C", None), ("F1", "C"))), b.received(b.people(b.person("p"))))
    await evaluation.take(b.received(b.assessed("a", "p", "2026-07-20")))
    before = await known()
    await evaluation.take(b.received(b.assessed("again", "p", "2026-08-20")))
    after = await known()
    assert before[0].isdisjoint(after[0])
    assert after[1:] == before[1:]
