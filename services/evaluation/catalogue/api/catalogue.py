"""The indicator catalogue over HTTP."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from services.evaluation.catalogue import queries
from shared.http import CommandRoute, Paging, Reads, etag
from shared.http.strict_types import Code

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["indicators"])

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


@router.get("/indicators", summary="The indicator catalogue")
async def listing(
    session: Reads,
    paging: Paging,
    chain: Chain | None = None,
    level: Annotated[int | None, Query(ge=1, le=5, description="Evaluation level.")] = None,
    computed: bool | None = None,
) -> Indicators:
    """For everybody, as last published; filter by place in the chain, evaluation level, or if computed."""
    known = await queries.indicators(session)
    return Indicators.model_validate(queries.listing(known, paging, chain, level, computed))


@router.get("/indicators/{code}", summary="One indicator", response_model=Indicator)
async def one(session: Reads, code: Code, response: Response) -> Any:
    """With its definition in every language."""
    found = await queries.indicator(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found
