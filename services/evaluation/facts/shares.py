"""A person's share of an indicator in a period, and the parts that it adds up from."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from shared import periods

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


def ordered(moment: datetime) -> str:
    """A moment as text that sorts by time, whatever offset its zone has."""
    return moment.astimezone(UTC).isoformat()


def as_of(period: str, today: date) -> date:
    """The day up to which a period is known: today while it is open, then its last day."""
    return min(today, periods.bounds(period)[1])
