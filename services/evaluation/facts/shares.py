"""A person's share of an indicator in a period, put together from its parts."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from shared import periods

SOURCE = 24  # hexadecimal digits
THOUSAND = 1000  # numerators and denominators are stored in thousandths, so that sums stay exact


@dataclass(frozen=True, slots=True)
class Part:
    """One fact's part in an indicator; `at` orders the parts of a person within a period.

    `source` names what it follows from, such as an assessment: with another one it is another part, also where
    it is the same number.
    """

    indicator: str
    period: str
    unit_code: str
    numerator: int
    denominator: int
    at: str
    source: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one person adds to an indicator's numerator and denominator, in thousandths.

    `source` stands for what it follows from; None: stored before sources were. Live figures do not depend on it.
    """

    unit_code: str
    numerator: int
    denominator: int
    source: str | None = field(default=None, compare=False)

    @property
    def figures(self) -> tuple[int, int]:
        """Numerator and denominator."""
        return self.numerator, self.denominator

    def stored_as(self, other: "Share | None") -> bool:
        """Whether another share is the same in everything that is stored."""
        return self == other and other is not None and self.source == other.source


Key = tuple[str, str]  # indicator, period
Shares = dict[Key, Share]


def merge(parts: Iterable[Part]) -> Shares:
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


def ordered(moment: datetime) -> str:
    """A moment as text that sorts by time, whatever offset its zone has."""
    return moment.astimezone(UTC).isoformat()


def as_of(period: str, today: date) -> date:
    """The day up to which a period is known: today while it is open, then its last day."""
    return min(today, periods.bounds(period)[1])
