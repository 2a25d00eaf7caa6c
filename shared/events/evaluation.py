"""What evaluation publishes: indicator values per unit and period."""

from datetime import date
from typing import ClassVar

import msgspec

from shared.events.event import Event, Reach


class IndicatorValue(msgspec.Struct, frozen=True, kw_only=True):
    """One indicator for one unit and period; a mean or share is numerator x factor / denominator.

    Numerator and denominator are in thousandths, so that sums of scores stay exact. A cell with
    fewer than five people behind it is suppressed: figures are None and `suppressed` is true.
    """

    indicator: str
    unit_code: str
    period: str
    version: int
    numerator: int | None
    denominator: int | None
    as_of: date
    suppressed: bool = False


class IndicatorComputed(Event, frozen=True, kw_only=True):
    """Up to 500 indicator values as they are now; each item is ordered by its own version."""

    service: ClassVar[str] = "evaluation"
    fact: ClassVar[str] = "indicator-computed"
    reach: ClassVar[Reach] = Reach.UP

    items: list[IndicatorValue]
