"""The fixed dates of releases: every month, and when a period closes. Pure.

A release says how things stood at the end of the day before. Of 2026Q3, by default: on 1 August, on
1 September, and at its close on 1 October. What changes afterwards waits for the dates that follow, as a
correction. A date is fixed beforehand, so that the moment of a release tells nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from shared import periods

_LAST_DAY = 28  # every month has it


@dataclass(frozen=True, slots=True)
class Calendar:
    """Every how many months, on which day of the month, and how many days after its end a period closes.

    Raises ValueError for a day that not every month has, and where no month or a negative delay is given.
    """

    months: int = 1
    day: int = 1
    close_after: int = 1

    def __post_init__(self) -> None:
        """Check what an operator sets."""
        if not (1 <= self.months <= 12 and 1 <= self.day <= _LAST_DAY and 1 <= self.close_after <= 366):
            raise ValueError(
                "A calendar has 1 to 12 months, a day from 1 to 28, and closes after 1 to 366 days."
            )

    def close(self, period: str) -> date:
        """The date of the release that closes a period. Raises Invalid `period-malformed`."""
        return periods.bounds(period)[1] + timedelta(days=self.close_after)

    def dates(self, period: str) -> tuple[date, ...]:
        """The dates of a period's releases up to its close, which is the last of them."""
        first, close = periods.bounds(period)[0], self.close(period)
        running = [day for day in self._monthly(first.year) if first < day < close]
        return (*running, close)

    def due(self, period: str, last: date | None, today: date) -> date | None:
        """The latest date that has come, if nothing was released at it; `last` is the date of the last release.

        An instance that was away at several dates makes one release, of the latest. After the close of a
        period its dates go on by months, for corrections.
        """
        first = periods.bounds(period)[0]
        come = [day for day in self._monthly(first.year, today.year) if first < day <= today]
        come += [day for day in self.dates(period) if day <= today]
        latest = max(come, default=None)
        return latest if latest is not None and (last is None or last < latest) else None

    def _monthly(self, year: int, until: int | None = None) -> Iterator[date]:
        """All monthly dates of a year and those up to the end of another, or of the next one."""
        for number in range(((until or year + 1) - year + 1) * 12):
            if number % self.months == 0:
                yield date(year + number // 12, number % 12 + 1, self.day)
