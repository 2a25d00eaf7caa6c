"""From a person's facts to that person's shares of every computed indicator."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta

from services.evaluation.facts.person_facts import Person
from services.evaluation.facts.shares import Key, Part, Share, Shares
from services.evaluation.indicators import outcomes, outputs
from shared import periods

COMPUTED = ("OP-01", "OP-04", "OP-05", "OP-06", "OC-01", "OC-02", "OC-03", "OC-04", "OC-05")
SOURCE = 24  # hexadecimal digits


def shares(person: Person, today: date, since: str) -> Shares:
    """All shares of a person as of `today`; `since` is the first period that is kept."""
    return _merge(
        [
            *outputs.coverage(person, today, since),
            *outputs.plan_coverage(person),
            *outputs.completion(person, today),
            *outputs.blend(person),
            *outcomes.reaction(person),
            *outcomes.learning(person),
            *outcomes.behaviour(person),
            *outcomes.gaps_closed(person),
            *outcomes.proficiency(person),
        ]
    )


def _merge(parts: Iterable[Part]) -> Shares:
    """Add up parts per indicator and period.

    A person counts once, so all of a period's parts go to one unit: the unit of the latest part.
    A key whose denominator is 0 has no share.
    """
    shares: Shares = {}
    sources: dict[Key, list[str]] = {}
    for part in sorted(parts, key=lambda part: (part.at, part.unit_code)):
        key = (part.indicator, part.period)
        before = shares.get(key)
        numerator, denominator = part.numerator, part.denominator
        if before is not None:
            numerator, denominator = numerator + before.numerator, denominator + before.denominator
        shares[key] = Share(part.unit_code, numerator, denominator)
        sources.setdefault(key, []).append(part.source)
    return {
        key: replace(share, source=_digest(sources[key]))
        for key, share in shares.items()
        if share.denominator
    }


def _digest(sources: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(sources)).encode()).hexdigest()[:SOURCE]


def changes_on(person: Person, today: date) -> date:
    """The next day on which time alone may change the person's shares.

    The first day of the next period at the latest; before it an assessment that expires, a post
    that starts or ends, an activity that falls due.
    """
    days = [outputs.expires_on(assessment) for assessment in person.assessments]
    days += [post.valid_from for post in person.posts]
    days += [post.valid_to + timedelta(days=1) for post in person.posts if post.valid_to]
    days += [activity.due_on for activity in person.activities]
    next_period = periods.bounds(periods.following(periods.of(today)))[0]
    return min([next_period, *(day for day in days if day > today)])
