"""One assessment's answers as the figures that are stored and published."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from services.assessment.frameworks.commands.instruments import Instrument
from services.assessment.scoring import gaps as gap_rules
from services.assessment.scoring import quality
from services.assessment.scoring.anonymity import CATEGORIES, SELF, Group, Parties, shown
from services.assessment.scoring.competency_levels import Competency, Response, counting, means
from services.assessment.scoring.competency_levels import score as score_competencies
from services.assessment.scoring.reliable_change import VARIANCE_UNIT
from services.assessment.scoring.rounding import Ratio, half_even, hundredths
from services.assessment.scoring.typists import NOBODY
from shared.events.assessment import Priority
from shared.events.framework import COMPETENCIES

Given = tuple[str, Sequence[int], Sequence[int] | None]  # category, ratings (0: N/A), relevance
Figures = list[int | None]


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Figures over competencies in framework order, hundredths, None where there is no score.

    `counts` (raters behind `others`) and `variances` (of their means, in millionths) serve the test
    for change and are never shown. `groups` is all that may be shown of groups of raters: per
    competency ``[{categories, n, score, spread}]``. `quality` is shown with the scores.
    """

    scores: Figures
    others: Figures
    self_scores: Figures
    gaps: Figures
    unverified: list[bool]
    counts: list[int]
    variances: Figures
    priorities: list[Priority]
    groups: list[list[dict[str, Any]]]
    quality: dict[str, Any]


def score(
    instrument: Instrument,
    given: Sequence[Given],
    targets: Sequence[int],
    weights: Sequence[int],
    prevalence: Sequence[int],
    independent: Sequence[bool],
    known_to: Sequence[Parties] | None = None,
    elsewhere: Mapping[str, Sequence[str]] | None = None,
) -> tuple[Scores, list[bool]]:
    """Score one assessment from all its responses, in any order; and of each, whether a figure rests on it.

    `independent` says of each whether its rater counts towards the minimum of a group; `known_to` which
    parties know it, without it none; `elsewhere` is as of `anonymity.groups`.
    """
    known = [NOBODY] * len(given) if known_to is None else known_to
    responses = [
        Response(category, means(ratings, instrument.layout), counts, parties)
        for (category, ratings, _), counts, parties in zip(given, independent, known, strict=True)
    ]
    found = score_competencies(responses, instrument.layout, instrument.weights, elsewhere)
    scores = _scores(instrument, given, found, targets, weights, prevalence, independent)
    return scores, counting(responses, found)


def _scores(
    instrument: Instrument,
    given: Sequence[Given],
    found: Sequence[Competency],
    targets: Sequence[int],
    weights: Sequence[int],
    prevalence: Sequence[int],
    independent: Sequence[bool],
) -> Scores:
    layout = instrument.layout
    asked = [answers for category, _, answers in given if category in gap_rules.ASKED_FOR_RELEVANCE]
    relevances = [gap_rules.relevance(asked, place) for place in range(len(found))]
    levels = [item.level for item in found]
    ranked = gap_rules.ranked(levels, targets, weights, relevances, prevalence)
    pooled = [[value for group in item.groups for value in group.values] for item in found]
    return Scores(
        scores=[_shown(level) for level in levels],
        others=[_shown(item.others) for item in found],
        self_scores=[_shown(item.own) for item in found],
        gaps=[
            None if level is None else hundredths(gap_rules.gap(target, level))
            for level, target in zip(levels, targets, strict=True)
        ],
        unverified=[item.unverified for item in found],
        counts=[len(values) for values in pooled],
        variances=[_variance(values, layout.unit) for values in pooled],
        priorities=[_priority(item, unverified=found[item.place].unverified) for item in ranked],
        groups=[_groups(groups, layout.unit) for groups in shown([item.groups for item in found])],
        quality=_quality(instrument, given, found, independent),
    )


def _shown(ratio: Ratio | None) -> int | None:
    return None if ratio is None else hundredths(ratio)


def _variance(values: Sequence[int], unit: int) -> int | None:
    if len(values) < 2:
        return None
    numerator, denominator = quality.variance(values, unit)
    return half_even(VARIANCE_UNIT * numerator, denominator)


def _priority(item: gap_rules.Gap, *, unverified: bool) -> Priority:
    return Priority(
        competency=COMPETENCIES[item.place],
        gap=hundredths(item.gap),
        weight=item.weight,
        relevance=hundredths(item.relevance),
        prevalence=item.prevalence,
        priority=hundredths(item.priority),
        unverified=unverified,
    )


def _groups(groups: Sequence[Group], unit: int) -> list[dict[str, Any]]:
    return [
        {
            "categories": group.categories,
            "n": group.n,
            "score": hundredths((sum(group.values), unit * group.n)),
            "spread": quality.spread(group, unit),
        }
        for group in groups
    ]


def _quality(
    instrument: Instrument, given: Sequence[Given], found: Sequence[Competency], independent: Sequence[bool]
) -> dict[str, Any]:
    """Share of N/A (hundredths), straight-lining and self minus others (hundredths, exact difference)."""
    taking_part = [
        (category, ratings, counts)
        for (category, ratings, _), counts in zip(given, independent, strict=True)
        if category in CATEGORIES and instrument.weights.get(category, 0) > 0
    ]
    showable = quality.showable(taking_part)
    return {
        "not_applicable": quality.share_not_applicable(showable, instrument.layout),
        "straight_lining": any(quality.straight_lined(ratings) for ratings in showable),
        "self_straight_lining": any(
            quality.straight_lined(ratings) for category, ratings, _ in given if category == SELF
        ),
        "self_minus_others": [_difference(item.own, item.others) for item in found],
    }


def _difference(own: Ratio | None, others: Ratio | None) -> int | None:
    if own is None or others is None:
        return None
    return hundredths((own[0] * others[1] - others[0] * own[1], own[1] * others[1]))
