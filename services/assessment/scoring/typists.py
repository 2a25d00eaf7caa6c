"""Who knows which answers of an assessment, because they typed some of them in.

A typist reads the level of the assessment as anybody does who may read it, and takes away from it what
they entered, and what they answered as a rater. A rater's own answer is taken for known to who typed it in
before, because most confirm what was typed in from their form; so is a first entry to who entered it again.

Another assessment of the same person by the same items, which was open at the same time and is completed, is
a party too: people answer alike in both, and a reader of both can subtract one mean from the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.assessment.scoring.anonymity import Parties

TOGETHER = "all typists"  # one person may have a sign-in more that is nobody's, or ask a colleague
NOBODY: Parties = frozenset()


@dataclass(frozen=True, slots=True)
class Origin:
    """Whose answer it is and who entered it: a person, or a sign-in that is nobody's."""

    rater: str
    typist: str | None = None
    checker: str | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An answer of another assessment at the same time; `independent` as of the answers of this one."""

    assessment: str
    rater: str
    category: str
    independent: bool


def known_elsewhere(
    answers: Sequence[Origin], known: Sequence[Parties], others: Iterable[Elsewhere]
) -> tuple[list[Parties], Mapping[str, Sequence[str]]]:
    """`known` with the assessments that have the same rater's answer; per category those that have one more."""
    have: dict[str, set[str]] = defaultdict(set)
    more: dict[str, list[str]] = defaultdict(list)
    raters = {answer.rater for answer in answers}
    for other in others:
        have[other.rater].add(other.assessment)
        if other.independent and other.rater not in raters:
            more[other.category].append(other.assessment)
    both = [parties | have.get(answer.rater, NOBODY) for answer, parties in zip(answers, known, strict=True)]
    return both, more


def known_to(answers: Sequence[Origin]) -> list[Parties]:
    """Of each answer of an assessment, the typists who know it; all of them together are one more."""
    typists = {each for answer in answers for each in (answer.typist, answer.checker)} - {None}
    if not typists:
        return [NOBODY] * len(answers)
    return [_known(typists & {answer.rater, answer.typist, answer.checker}) for answer in answers]


def _known(typists: set[str | None]) -> Parties:
    return frozenset([*filter(None, typists), TOGETHER]) if typists else NOBODY
