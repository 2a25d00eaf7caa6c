"""Roll-ups over HTTP: bytes as the query made them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from services.assessment.rollups.queries import rollups as queries
from shared.http import Caller, CommandRoute, Reads
from shared.http.strict_types import PeriodQuery

router = APIRouter(prefix="/v1/rollups", route_class=CommandRoute, tags=["roll-ups"])

Unit = Annotated[str, Query(min_length=1, max_length=64, examples=["N01"])]
Level = Annotated[Literal["B", "I", "A"] | None, Query(description="All three without it.")]


@router.get("", response_class=Response, summary="Scores of a unit and everything below it")
async def unit(
    session: Reads, caller: Caller, unit: Unit, period: PeriodQuery, level: Level = None
) -> Response:
    """Averages, shares below target and histograms, live or as published. Means are hundredths: 301 is 3.01.

    Who may read every individual of a cell reads it as it is now, whole (`live`), everybody else as last
    published: suppressed where the people whom the reader may read leave one to four others, and not
    listed where it never was. `unverified` counts people of a live cell whose score rests on their own
    answers alone; it is null in a published one, since it counts a subset that may be one to four people.
    """
    return Response(await queries.unit(session, caller, unit, period, level), media_type="application/json")


@router.get("/children", response_class=Response, summary="Scores of a unit's children")
async def children(
    session: Reads, caller: Caller, unit: Unit, period: PeriodQuery, level: Level = None
) -> Response:
    """As one unit's, for each child in the tree that the period was counted in."""
    return Response(
        await queries.children(session, caller, unit, period, level), media_type="application/json"
    )
