"""Whether a difference between two assessments is more than chance (DOMAIN section 2, "Change")."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

VARIANCE_UNIT = 1_000_000  # variances are stored in millionths of squared points


@dataclass(frozen=True, slots=True)
class Change:
    """The paired difference of one competency in hundredths, and whether it exceeds chance."""

    difference: int
    significant: bool


@dataclass(frozen=True, slots=True)
class Measurement:
    """One assessment's figure for one competency: hundredths, raters, variance in millionths."""

    score: int
    n: int
    variance: int | None


def change(before: Measurement, after: Measurement) -> Change:
    """Later minus earlier; significant when larger than 1.96 x sqrt(s1^2/n1 + s2^2/n2).

    Below two raters there is no variance and nothing is called significant. Both sides are squared,
    so that whole numbers decide: |d| > 1.96 x sqrt(v) <=> 10^4 x d^2 > 38416 x v.
    """
    difference = after.score - before.score
    if before.variance is None or after.variance is None or before.n < 2 or after.n < 2:
        return Change(difference, significant=False)
    pooled = before.variance * after.n + after.variance * before.n  # times n1 x n2, in millionths
    left = 10_000 * difference * difference * (VARIANCE_UNIT // 10_000) * before.n * after.n
    return Change(difference, significant=left > 38_416 * pooled)


def may_be_shown(groups: Sequence[Mapping[str, Any]]) -> bool:
    """Whether the flag may be shown, by the shown groups of raters of one side.

    It says how far answers lie apart, so it asks what spread asks: five raters in every group but a
    manager alone. With three peers, mean and flag together often leave one set of answers.
    """
    several = [group for group in groups if group["n"] > 1]
    return bool(several) and all(group["spread"] is not None for group in several)


def item_mark(codes: Iterable[str]) -> str:
    """A mark of the items that a competency was measured by, in any order: equal for equal items."""
    return sha256(" ".join(sorted(codes)).encode()).hexdigest()[:12]


def changes(before: Sequence[Measurement | None], after: Sequence[Measurement | None]) -> list[Change | None]:
    """Per competency, None where one side has no score."""
    return [
        None if old is None or new is None else change(old, new)
        for old, new in zip(before, after, strict=True)
    ]
