"""Outcome indicators (DOMAIN section 3): OC-01 to OC-05 of one person.

`OC-03:unplanned` and `OC-04:unplanned` are the same figures over the same people's competencies
that were not in the plan; they are shown beside OC-03 and OC-04, never alone.
"""

from collections.abc import Iterator
from fractions import Fraction

from services.evaluation.facts.person_facts import FOLLOW_UP, Assessment, LearningResult, Person
from services.evaluation.facts.shares import THOUSAND, Part, ordered
from services.evaluation.kirkpatrick.behaviour import ReRating, re_ratings, rose
from shared import periods

BESIDE = {"OC-03": "OC-03:unplanned", "OC-04": "OC-04:unplanned"}
KEY_WEIGHT = 2


def reaction(person: Person) -> Iterator[Part]:
    """OC-01: relevance plus usefulness over ratings given, two a reaction."""
    for item in person.reactions:
        total = THOUSAND * (item.relevance + item.usefulness)
        period, at = periods.of(item.given_at.date()), ordered(item.given_at)
        yield Part("OC-01", period, item.unit_code, total, 2 * THOUSAND, at, at)


def learning(person: Person) -> Iterator[Part]:
    """OC-02: percentage points gained; several tests of a period count as their mean, one person."""
    tests: dict[str, list[LearningResult]] = {}
    for item in person.learning:
        tests.setdefault(periods.of(item.recorded_at.date()), []).append(item)
    for period, items in tests.items():
        unit = max((item.recorded_at, item.unit_code) for item in items)[1]
        mean = Fraction(sum(item.post - item.pre for item in items), len(items))
        source = " ".join(sorted(ordered(item.recorded_at) for item in items))
        yield Part("OC-02", period, unit, round(mean * THOUSAND / 100), THOUSAND, "", source)


def behaviour(person: Person) -> Iterator[Part]:
    """OC-03: re-rated at 90 or 180 days, and whether the mean others-score rose by 0.5 or more."""
    follow_ups = [item for item in re_ratings(person) if item.again.kind == FOLLOW_UP]
    for item in _latest(follow_ups):
        for indicator, planned in (("OC-03", True), (BESIDE["OC-03"], False)):
            changes = item.changes(planned=planned)
            if changes:
                yield _part(indicator, item.again, int(rose(changes)), 1)


def gaps_closed(person: Person) -> Iterator[Part]:
    """OC-04: priority gaps of the baseline, and those at or above target at re-assessment."""
    for item in _latest(re_ratings(person)):
        for indicator, planned in (("OC-04", True), (BESIDE["OC-04"], False)):
            gaps = item.gaps(planned=planned)
            closed = sum(item.again.reaches(competency) for competency in gaps)
            yield _part(indicator, item.again, closed, len(gaps))


def proficiency(person: Person) -> Iterator[Part]:
    """OC-05: assessed, and verified at or above target on every critical competency.

    Critical are the key competencies of the role (weight 2); all eleven where a role has none.
    """
    latest: dict[str, Assessment] = {}
    for assessment in sorted(person.assessments, key=lambda a: (a.completed_at, a.assessment_id)):
        latest[assessment.period] = assessment
    for assessment in latest.values():
        weights = assessment.weights
        key = [k for k, weight in enumerate(weights) if weight >= KEY_WEIGHT] or range(len(weights))
        yield _part("OC-05", assessment, int(all(assessment.reaches(k) for k in key)), 1)


def _latest(items: list[ReRating]) -> list[ReRating]:
    """The last re-rating of each period: a person counts once."""
    return list({item.again.period: item for item in items}.values())


def _part(indicator: str, assessment: Assessment, numerator: int, denominator: int) -> Part:
    period, unit, source = assessment.period, assessment.unit_code, assessment.assessment_id
    return Part(indicator, period, unit, THOUSAND * numerator, THOUSAND * denominator, "", source)
