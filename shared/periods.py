"""Quarters as periods, written as DHIS2 writes them: ``2026Q3``."""

import re
from datetime import date, timedelta

from shared.errors import FieldError, Invalid

PATTERN = "((?:19|20|21)[0-9]{2})Q([1-4])"
_PERIOD = re.compile(PATTERN)


def of(day: date) -> str:
    """The period that a day lies in."""
    return f"{day.year}Q{(day.month - 1) // 3 + 1}"


def bounds(period: str, pointer: str = "/period") -> tuple[date, date]:
    """First and last day of a period. Raises Invalid `period-malformed`, at `pointer`."""
    found = _PERIOD.fullmatch(period)
    if not found:
        error = FieldError(pointer, "malformed", "A period is a year and a quarter, e.g. 2026Q3.")
        raise Invalid("period-malformed", "The period cannot be read.", [error])
    year, quarter = int(found[1]), int(found[2])
    first = date(year, quarter * 3 - 2, 1)
    after = date(year + 1, 1, 1) if quarter == 4 else date(year, quarter * 3 + 1, 1)
    return first, after - timedelta(days=1)


def following(period: str) -> str:
    """The period after this one."""
    return of(bounds(period)[1] + timedelta(days=1))


def previous(period: str) -> str:
    """The period before this one."""
    return of(bounds(period)[0] - timedelta(days=1))
