"""The demonstration's own indicators against evaluation's, over made-up histories."""

from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from random import Random

import pytest

from deploy.demo import expected
from deploy.demo.ledger import Activity, Assessed, Learning, Ledger, Plan, Reaction
from services.evaluation.facts import person_facts
from services.evaluation.indicators.computed import shares
from shared import periods
from shared.events.framework import APPROACHES

TODAY = date(2026, 11, 23)
UNITS = {"MD": ("MD",), "MD-1": ("MD", "MD-1"), "MD-2": ("MD", "MD-2"), "MD-11": ("MD", "MD-1", "MD-11")}


def history(seed: int) -> Ledger:
    """Twelve people with assessments, plans, activities, reactions and tests of one year."""
    random = Random(seed)
    people = {f"person-{n}": random.choice(list(UNITS)) for n in range(12)}
    ledger = Ledger(UNITS, people)
    for person, unit in people.items():
        day = TODAY - timedelta(days=random.randint(150, 330))
        plan = None
        for order in range(random.randint(0, 3)):
            kind = "follow-up" if plan and random.random() < 0.5 else "cycle"
            item = assessed(random, f"{person}-{order}", person, unit, day, order, kind, plan)
            ledger.assessed[item.assessment_id] = item
            if random.random() < 0.7:
                plan = planned(random, item, day + timedelta(days=random.randint(0, 90)))
                ledger.plans[plan.plan_id] = plan
            for _ in range(random.randint(0, 2)):
                given = day + timedelta(days=random.randint(0, 30))
                ledger.reactions.append(
                    Reaction(unit, person, random.randint(1, 5), random.randint(1, 5), given)
                )
                ledger.learning.append(
                    Learning(unit, person, random.randint(20, 60), random.randint(50, 95), given)
                )
            day += timedelta(days=random.randint(20, 60))
    return ledger


def assessed(
    random: Random, key: str, person: str, unit: str, day: date, order: int, kind: str, plan: Plan | None
) -> Assessed:
    """An assessment with scores around the target."""
    scores = [random.choice((None, 280, 350, 400, 450)) for _ in range(11)]
    others = [None if random.random() < 0.2 else score for score in scores]
    short = frozenset(n for n, score in enumerate(scores) if score is not None and score < 400)
    weights = [random.choice((1, 2)) for _ in range(11)]
    followed = plan.plan_id if plan and kind == "follow-up" else None
    return Assessed(
        key, person, unit, "B", kind, followed, day, order, scores, others, [400] * 11, weights, short
    )  # fmt: skip


def planned(random: Random, item: Assessed, agreed: date) -> Plan:
    """An agreed plan on the first gaps, with activities done, late and open."""
    activities = {}
    for n in range(3):
        due = agreed + timedelta(days=random.randint(10, 120))
        done = due - timedelta(days=random.randint(-15, 9)) if random.random() < 0.6 else None
        if done is not None and done > TODAY:
            done = None
        key = f"{item.assessment_id}-activity-{n}"
        activities[key] = Activity(
            key, random.choice(APPROACHES), due, random.randint(4, 40) if done else 0, done
        )
    chosen = frozenset(sorted(item.short)[:3])
    plan_id = f"{item.assessment_id}-plan"
    return Plan(plan_id, item.assessment_id, item.person_id, item.unit_code, chosen, activities, agreed)


def moment(day: date, order: int = 0) -> datetime:
    return datetime.combine(day, time(9, order), UTC)


def as_person(ledger: Ledger, person: str) -> person_facts.Person:
    """One person's part of a ledger as evaluation knows it."""
    mine = [item for item in ledger.assessed.values() if item.person_id == person]
    plans = [plan for plan in ledger.plans.values() if plan.person_id == person]
    return person_facts.Person(
        active=True,
        posts=(person_facts.Post(ledger.home[person], date(2020, 1, 1), None, True),),
        assessments=tuple(
            person_facts.Assessment(
                item.assessment_id, item.kind, item.plan_id, 90 if item.plan_id else None, item.unit_code,
                item.level, moment(item.completed_on, item.order), item.completed_on,
                periods.of(item.completed_on), (), tuple(item.scores), tuple(item.others), tuple(item.targets),
                tuple(item.weights), tuple(sorted(item.short)),
            )
            for item in mine
        ),
        plans=tuple(
            person_facts.Plan(
                plan.plan_id, plan.assessment_id, plan.unit_code, moment(plan.agreed_on), None,
                tuple(plan.competencies),
            )
            for plan in plans
        ),
        activities=tuple(
            person_facts.Activity(
                activity.activity_id, plan.plan_id, plan.unit_code if activity.completed_on else None,
                activity.approach, activity.due_on, True, activity.hours,
                moment(activity.completed_on) if activity.completed_on else None,
            )
            for plan in plans
            for activity in plan.activities.values()
        ),
        reactions=tuple(
            person_facts.Reaction(each.unit_code, each.relevance, each.usefulness, moment(each.given_on))
            for each in ledger.reactions
            if each.person_id == person
        ),
        learning=tuple(
            person_facts.LearningResult(
                each.unit_code, each.before * 100, each.after * 100, moment(each.recorded_on)
            )
            for each in ledger.learning
            if each.person_id == person
        ),
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(25))
def test_agrees_with_evaluation(seed: int) -> None:
    ledger = history(seed)
    theirs: dict[tuple[str, str, str], list[Fraction]] = {}
    for person in ledger.home:
        found = shares(as_person(ledger, person), TODAY, "2025Q4")
        for (indicator, period), share in found.items():
            if ":" not in indicator:
                for code in UNITS[share.unit_code]:
                    sums = theirs.setdefault((indicator, period, code), [Fraction(0), Fraction(0)])
                    sums[0] += share.numerator
                    sums[1] += share.denominator
    for period in ("2025Q4", "2026Q1", "2026Q2", "2026Q3", "2026Q4"):
        mine = expected.indicators(ledger, period, TODAY)
        codes = {(indicator, code) for indicator, at, code in theirs if at == period}
        assert set(mine) == codes, period
        for (indicator, code), cell in mine.items():
            numerator, denominator = theirs[indicator, period, code]
            assert abs(cell.numerator * 1000 - numerator) <= len(cell.people), (indicator, code, period)
            assert cell.denominator * 1000 == denominator, (indicator, code, period)
