"""Values of indicators over HTTP."""

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from services.evaluation.indicators.queries import values
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Code, PeriodQuery

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["indicators"])

Known = Annotated[str, Query(min_length=1, max_length=64)]  # any code: one that is not known is 404


class Figures(BaseModel):
    """A cell. `live`: as it is now, for who may read every individual in it; else as it was last released.

    `suppressed`: this reader could tell one to four of its people apart, or may read some of the people in one
    that was never published. `value` is
    numerator / denominator x factor in the indicator's `unit`, rounded to two decimals.
    """

    indicator: str
    unit_code: str
    period: str
    unit: str
    value: float | None
    numerator: float | None
    denominator: float | None
    people: int | None
    as_of: date
    version: int
    live: bool
    suppressed: bool


class TargetMet(BaseModel):
    """The target that holds for a value: an own one before the hub's (`origin`), a unit's before its level's.

    `unit_level` is null for a target of the unit itself. `met` is null while the value is hidden.
    """

    value: float
    origin: Literal["own", "hub"]
    unit_level: str | None
    met: bool | None


class IndicatorValue(Figures):
    """A value; `beside` shows the same people's competencies that were not in the plan (OC-03, OC-04)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "indicator": "OP-01",
                    "unit_code": "N01",
                    "period": "2026Q3",
                    "unit": "%",
                    "value": 62.5,
                    "numerator": 25,
                    "denominator": 40,
                    "people": 40,
                    "as_of": "2026-09-30",
                    "version": 31,
                    "live": True,
                    "suppressed": False,
                    "beside": None,
                    "target": {"value": 80.0, "origin": "hub", "unit_level": "facility", "met": False},
                }
            ]
        }
    )

    beside: Figures | None
    target: TargetMet | None


class IndicatorValues(BaseModel):
    """A page of values. `live`: all of them are as they are now."""

    live: bool
    items: list[IndicatorValue]
    next: str | None


@router.get("/indicator-values", summary="Values of a unit")
async def unit_values(
    session: Reads,
    caller: Caller,
    paging: Paging,
    unit: Code,
    indicator: Known | None = None,
    period: PeriodQuery | None = None,
) -> IndicatorValues:
    """Any role, inside its units; a unit's value covers all units below it.

    Who may read every individual of a value reads it live and whole. For others values stand as last
    published, and are suppressed where the people whom the reader may read leave one to four others; one
    that never was is not listed.
    """
    return IndicatorValues.model_validate(
        await values.listing(session, caller, paging, unit, indicator, period)
    )


@router.get("/indicator-values/children", summary="Values of the units directly below")
async def child_values(
    session: Reads, caller: Caller, paging: Paging, unit: Code, indicator: Known, period: PeriodQuery
) -> IndicatorValues:
    """In the tree that the period has; suppressed cells cannot be computed from the shown ones."""
    return IndicatorValues.model_validate(
        await values.children(session, caller, paging, unit, indicator, period)
    )
