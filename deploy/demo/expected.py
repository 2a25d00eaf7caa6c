"""The nine computed indicators and the roll-ups once more, straight from what the script did.

Written apart from evaluation and assessment, over whole lists and without increments, so that the
two can disagree.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from deploy.demo.ledger import Assessed, Ledger, Plan
from shared import periods

PRACTICE = {"workplace-learning", "action-learning", "networking"}
RISE = 50  # hundredths on the planned competencies
KEY_WEIGHT = 2

Fact = tuple[str, str, str, Fraction, Fraction]  # indicator, person, unit, numerator, denominator


@dataclass(slots=True)
class Cell:
    """One indicator of one unit: sums and the people behind them."""

    numerator: Fraction = Fraction(0)
    denominator: Fraction = Fraction(0)
    people: set[str] = field(default_factory=set)


def indicators(ledger: Ledger, period: str, today: date) -> dict[tuple[str, str], Cell]:
    """Every (indicator, unit) of a period, the unit's subtree included."""
    cells: dict[tuple[str, str], Cell] = defaultdict(Cell)
    for indicator, person, unit, numerator, denominator in _facts(ledger, period, today):
        for code in ledger.paths[unit]:
            cell = cells[indicator, code]
            cell.numerator += numerator
            cell.denominator += denominator
            cell.people.add(person)
    return {key: cell for key, cell in cells.items() if cell.denominator}


def rollups(ledger: Ledger, period: str) -> dict[tuple[str, str], tuple[int, list[int], list[int]]]:
    """(unit, level) -> people, and per competency the number and the sum of scores in hundredths."""
    latest = {
        item.person_id: item for items in ledger.of_person().values() for item in items if _in(item, period)
    }
    found: dict[tuple[str, str], tuple[int, list[int], list[int]]] = {}
    for item in latest.values():
        for code in ledger.paths[item.unit_code]:
            people, counts, sums = found.setdefault((code, item.level), (0, [0] * 11, [0] * 11))
            for place, score in enumerate(item.scores):
                if score is not None:
                    counts[place] += 1
                    sums[place] += score
            found[code, item.level] = (people + 1, counts, sums)
    return found


def _in(item: Assessed, period: str) -> bool:
    return periods.of(item.completed_on) == period


def _facts(ledger: Ledger, period: str, today: date) -> Iterator[Fact]:
    yield from _coverage(ledger, period, today)
    yield from _plans(ledger, period)
    yield from _activities(ledger, period, today)
    yield from _answers(ledger, period)
    for person, items in ledger.of_person().items():
        again = [pair for pair in _re_ratings(ledger, items) if _in(pair[1], period)]
        if again:
            yield from _behaviour(person, *[pair for pair in again if pair[1].kind == "follow-up"][-1:])
            yield from _closed(person, *again[-1])
        inside = [item for item in items if _in(item, period)]
        if inside:
            yield _share("OC-05", person, inside[-1].unit_code, _proficient(inside[-1]))


def _share(indicator: str, person: str, unit: str, holds: bool) -> Fact:
    return indicator, person, unit, Fraction(int(holds)), Fraction(1)


def _coverage(ledger: Ledger, period: str, today: date) -> Iterator[Fact]:
    """OP-01; nobody in this script left, and no assessment is as old as 24 months."""
    day = min(today, periods.bounds(period)[1])
    covered = {
        item.person_id
        for item in ledger.assessed.values()
        if item.completed_on <= day and any(score is not None for score in item.others)
    }
    for person, unit in ledger.home.items():
        yield _share("OP-01", person, unit, person in covered)


def _plans(ledger: Ledger, period: str) -> Iterator[Fact]:
    """OP-04: assessed in a cycle, and a plan agreed within 60 days."""
    agreed = {plan.assessment_id: plan.agreed_on for plan in ledger.plans.values()}
    for person, items in ledger.of_person().items():
        inside = [item for item in items if item.kind == "cycle" and _in(item, period)]
        if inside:
            soon = any(
                item.assessment_id in agreed
                and agreed[item.assessment_id] <= item.completed_on + timedelta(days=60)
                for item in inside
            )
            yield _share("OP-04", person, inside[-1].unit_code, soon)


def _activities(ledger: Ledger, period: str, today: date) -> Iterator[Fact]:
    """OP-05 by the day on which an activity is due, OP-06 by the day on which it was completed."""
    day = min(today, periods.bounds(period)[1])
    for plan in ledger.plans.values():
        for activity in plan.activities.values():
            done = activity.completed_on is not None and activity.completed_on <= day
            dropped = plan.closed_on is not None and plan.closed_on < activity.due_on
            due = activity.due_on <= day and not dropped
            if periods.of(activity.due_on) == period and (done or due):
                yield _share("OP-05", plan.person_id, plan.unit_code, done)
            if activity.completed_on is not None and periods.of(activity.completed_on) == period:
                hours = Fraction(activity.hours)
                practice = hours if activity.approach in PRACTICE else Fraction(0)
                yield "OP-06", plan.person_id, plan.unit_code, practice, hours


def _answers(ledger: Ledger, period: str) -> Iterator[Fact]:
    """OC-01 over ratings, two a reaction; OC-02 over people, who count with the mean of their tests."""
    for reaction in ledger.reactions:
        if periods.of(reaction.given_on) == period:
            total = Fraction(reaction.relevance + reaction.usefulness)
            yield "OC-01", reaction.person_id, reaction.unit_code, total, Fraction(2)
    tests: dict[tuple[str, str], list[int]] = defaultdict(list)
    for test in ledger.learning:
        if periods.of(test.recorded_on) == period:
            tests[test.person_id, test.unit_code].append(test.after - test.before)
    for (person, unit), gains in tests.items():
        yield "OC-02", person, unit, Fraction(sum(gains), len(gains)), Fraction(1)


Pair = tuple[Assessed, Assessed, Plan]  # before, again, the plan between them


def _re_ratings(ledger: Ledger, items: Sequence[Assessed]) -> Iterator[Pair]:
    """A follow-up names its plan; a cycle's assessment ends the plan of the latest one before it."""
    for again in items:
        if again.kind == "follow-up":
            plans = [plan for plan in ledger.plans.values() if plan.plan_id == again.plan_id]
        else:
            before = {item.assessment_id: item for item in items if item.order < again.order}
            mine = [plan for plan in ledger.plans.values() if plan.assessment_id in before]
            plans = sorted(mine, key=lambda plan: before[plan.assessment_id].order)[-1:]
        for plan in plans:
            yield ledger.assessed[plan.assessment_id], again, plan


def _behaviour(person: str, *pairs: Pair) -> Iterator[Fact]:
    """OC-03: the mean of the others' scores on planned competencies rose by half a point."""
    for before, again, plan in pairs:
        rises = [
            after - earlier
            for place, (earlier, after) in enumerate(zip(before.others, again.others, strict=True))
            if place in plan.competencies and earlier is not None and after is not None
        ]
        if rises:
            yield _share("OC-03", person, again.unit_code, sum(rises) >= RISE * len(rises))


def _closed(person: str, before: Assessed, again: Assessed, plan: Plan) -> Iterator[Fact]:
    """OC-04: gaps of the plan's competencies that are closed at re-assessment."""
    due = [place for place in plan.competencies & before.short if again.scores[place] is not None]
    if due:
        closed = sum(again.reaches(place) for place in due)
        yield "OC-04", person, again.unit_code, Fraction(closed), Fraction(len(due))


def _proficient(item: Assessed) -> bool:
    """OC-05: every key competency reached; all of them where the role has no key ones."""
    key = [place for place, weight in enumerate(item.weights) if weight >= KEY_WEIGHT]
    return all(item.reaches(place) for place in key or range(len(item.weights)))
