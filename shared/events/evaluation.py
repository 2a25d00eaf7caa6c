"""What evaluation publishes: indicator values per unit and period, definitions of indicators, and targets."""

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


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """A numerator or denominator: a stable name, by which software knows what to compute, and its texts."""

    expression: str
    text: dict[str, str]


class IndicatorDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """An indicator as the catalogue has it. Software without a computation for it shows it without values."""

    code: str
    version: int
    title: dict[str, str]
    purpose: dict[str, str]
    numerator: Measure
    denominator: Measure | None
    source: str
    unit: str
    factor: int
    direction: str
    frequency: str
    window_months: int | None
    chain: str
    evaluation_level: int | None
    competencies: list[str]
    upstream: list[str]
    disaggregations: list[str]
    minimum_cell: int
    owner: str
    dhis2_code: str
    references: list[str]


class IndicatorsPublished(Event, frozen=True, kw_only=True):
    """Definitions of indicators became current; each item is ordered by its own version."""

    service: ClassVar[str] = "evaluation"
    fact: ClassVar[str] = "indicators-published"
    reach: ClassVar[Reach] = Reach.DOWN

    items: list[IndicatorDefinition]
    indicators_version: int | None = None  # of all together: the sum of their versions; a beat says it


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What an indicator should reach in a period, at one unit or at every unit of a level.

    `value` is in hundredths of the indicator's unit; None: withdrawn. Ordered by epoch and version.
    """

    indicator: str
    period: str
    unit_code: str | None
    unit_level: str | None  # country, region, district, facility
    version: int
    value: int | None


class TargetsPublished(Event, frozen=True, kw_only=True):
    """A hub set targets for its regions; each item is ordered by its own version."""

    service: ClassVar[str] = "evaluation"
    fact: ClassVar[str] = "targets-published"
    reach: ClassVar[Reach] = Reach.DOWN

    items: list[Target]
    targets_version: int | None = None  # of all together, as above


class TargetsSet(Event, frozen=True, kw_only=True):
    """A region set targets of its own, which hold there before the hub's; each has its own version."""

    service: ClassVar[str] = "evaluation"
    fact: ClassVar[str] = "targets-set"
    reach: ClassVar[Reach] = Reach.UP

    items: list[Target]
