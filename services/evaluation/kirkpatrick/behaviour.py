"""Behaviour at re-rating, compared with the same person's competencies that were not in the plan.

The comparison is what keeps regression to the mean from reading as success (DOMAIN section 3).
"""

from dataclasses import dataclass

from services.evaluation.facts.person_facts import FOLLOW_UP, Assessment, Person, Plan

RISE = 50  # hundredths: the 0.5 of OC-03


@dataclass(frozen=True, slots=True)
class Change:
    """One competency's score before and after, in hundredths."""

    competency: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class ReRating:
    """A re-assessment with the assessment that its plan came from."""

    again: Assessment
    plan: Plan
    baseline: Assessment

    def changes(self, *, planned: bool) -> tuple[Change, ...]:
        """Others-scores before and after, of the competencies in the plan or of those not in it."""
        pairs = enumerate(zip(self.baseline.others, self.again.others, strict=True))
        return tuple(
            Change(competency, before, after)
            for competency, (before, after) in pairs
            if (competency in self.plan.competencies) == planned
            and before is not None
            and after is not None
            and self.again.comparable(self.baseline, competency)
        )

    def gaps(self, *, planned: bool) -> tuple[int, ...]:
        """Priority gaps of the baseline that have a level again, in the plan or not in it."""
        return tuple(
            competency
            for competency in self.baseline.priorities
            if (competency in self.plan.competencies) == planned
            and self.again.scores[competency] is not None
            and self.again.comparable(self.baseline, competency)
        )

    def not_comparable(self) -> tuple[int, ...]:
        """Competencies that were measured by other items than before, which have no change."""
        both = range(len(self.again.scores))
        return tuple(place for place in both if not self.again.comparable(self.baseline, place))


def rose(changes: tuple[Change, ...]) -> bool:
    """Whether the mean of the scores rose by 0.5 or more; compared exactly, without dividing."""
    return sum(change.after - change.before for change in changes) >= RISE * len(changes)


def re_ratings(person: Person) -> list[ReRating]:
    """Every re-assessment that an agreed plan led up to, earliest first.

    A follow-up names its plan. An assessment in a cycle ends the plan of the latest assessment
    before it. Scores are comparable on the same level's items only, and an event not yet here
    leaves its re-rating out until it comes.
    """
    ordered = sorted(person.assessments, key=lambda a: (a.completed_at, a.assessment_id))
    known = {assessment.assessment_id: assessment for assessment in ordered}
    agreed = [plan for plan in person.plans if plan.agreed_at is not None]
    found = []
    for again in ordered:
        plan = _plan_of(again, agreed, known)
        baseline = known.get(plan.assessment_id) if plan else None
        if plan and baseline and baseline.level == again.level:
            found.append(ReRating(again, plan, baseline))
    return found


def _plan_of(again: Assessment, agreed: list[Plan], known: dict[str, Assessment]) -> Plan | None:
    if again.kind == FOLLOW_UP:
        return next((plan for plan in agreed if plan.plan_id == again.plan_id), None)
    earlier = [
        (known[plan.assessment_id].completed_at, plan.plan_id, plan)
        for plan in agreed
        if plan.assessment_id in known and known[plan.assessment_id].completed_at < again.completed_at
    ]
    return max(earlier)[2] if earlier else None
