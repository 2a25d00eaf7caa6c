"""The indicator catalogue and its values over HTTP."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict

from services.evaluation.queries import catalogue, values
from shared.http import Caller, CommandRoute, Paging, Reads, etag
from shared.http.exact import Code, PeriodQuery

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["indicators"])

Known = Annotated[str, Query(min_length=1, max_length=64)]  # any code: one that is not known is 404
Chain = Literal["input", "output", "outcome", "impact"]


class Expression(BaseModel):
    """A numerator or denominator: a stable name and its text per language."""

    expression: str
    text: dict[str, str]


class Indicator(BaseModel):
    """An indicator as the catalogue has it, in the newest version that is known here.

    `computed`: this software keeps its values from events. A national definition may be ahead of the software.
    """

    code: str
    version: int
    name: dict[str, str]
    purpose: dict[str, str]
    numerator: Expression
    denominator: Expression | None
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
    baseline: Any
    targets: list[Any]
    minimum_cell: int
    owner: str
    dhis2_code: str
    references: list[str]
    computed: bool


class Indicators(BaseModel):
    """A page of the catalogue."""

    items: list[Indicator]
    next: str | None


class Figures(BaseModel):
    """A cell. `live`: as it is now, for who may read every individual in it; else as last published.

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


@router.get("/indicators", summary="The indicator catalogue")
async def listing(
    session: Reads,
    paging: Paging,
    chain: Chain | None = None,
    level: Annotated[int | None, Query(ge=1, le=5, description="Evaluation level.")] = None,
    computed: bool | None = None,
) -> Indicators:
    """For everybody, as last published; filter by place in the chain, evaluation level, or if computed."""
    known = await catalogue.indicators(session)
    return Indicators.model_validate(catalogue.listing(known, paging, chain, level, computed))


@router.get("/indicators/{code}", summary="One indicator", response_model=Indicator)
async def one(session: Reads, code: Code, response: Response) -> Any:
    """With its definition in every language."""
    found = await catalogue.indicator(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found


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
