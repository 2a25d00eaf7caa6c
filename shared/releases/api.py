"""Releases over HTTP: what there is, and each document byte for byte. The same for every service that has any."""

from base64 import b64encode
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from shared.directory.authorization import require_country
from shared.federation.regional_answers import require_hub
from shared.fields import Text
from shared.http import Caller, CommandRoute, Paging, Reads
from shared.http.strict_types import Defined, PeriodPath, PeriodQuery
from shared.releases import queries

RIGHT = "release.read"
_CUBE = Text(64, "[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}", "Use the name of a cube, such as OP-01 or roll-ups.")
Cube = Annotated[str, Defined(_CUBE)]
CubePath = Annotated[Cube, Path(description="What the release is of.")]
CubeQuery = Annotated[Cube | None, Query(description="Releases of this cube alone.")]
Number = Annotated[int, Path(ge=1, le=100_000, description="From 1 for each cube and period.", examples=[1])]
Region = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=64,
        description="At a hub alone: what this region sent, in place of the hub's own.",
        examples=["north"],
    ),
]

_DIGEST = "99c70d4298d621271314bb0f0b750882b458f8bb54ccd440d63978eb42b61c74"
_ITEM: dict[str, Any] = {
    "cube": "OP-01",
    "period": "2026Q3",
    "number": 2,
    "as_of": "2026-11-01",
    "digest": _DIGEST,
    "corrects": 1,
    "made_at": "2026-11-01T05:00:02Z",
}
_DOCUMENT: dict[str, Any] = {
    "as_of": "2026-11-01",
    "cells": [["SL", "B", "OP-01 people", 640, 640], ["SL-E", "B", "OP-01 people", None, None]],
    "corrects": 1,
    "cube": "OP-01",
    "form": 1,
    "number": 2,
    "period": "2026Q3",
}
_HEADERS: dict[str, Any] = {
    "Repr-Digest": {
        "description": "SHA-256 of the document in base64 (RFC 9530): the `digest` of the list.",
        "schema": {"type": "string", "examples": ["sha-256=:mccNQpjWIScTFLsPC3UIgrRY+LtUzNRA1jl460K2HHQ=:"]},
    }
}
Cell = tuple[str, str, str, int | None, int | None]


class ReleaseItem(BaseModel):
    """A release without its document. `corrects` and `made_at` are of this instance's own.

    Of a region's a hub says `region`, its `epoch`, when the document was whole, and the region's own trace.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})
    cube: str
    period: str
    number: int
    as_of: date = Field(description="The date of the instance's calendar under which it was made.")
    digest: str = Field(description="SHA-256 of the document, 64 hexadecimal digits.")
    corrects: int | None = Field(None, description="The number before it, of the same cube and period.")
    made_at: datetime | None = None
    region: str | None = None
    epoch: int | None = None
    received_at: datetime | None = None
    trace_id: str | None = None


class ReleasePage(BaseModel):
    """A page of releases, the newest last."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ITEM], "next": None}]})
    items: list[ReleaseItem]
    next: str | None


class ReleaseDocument(BaseModel):
    """A frozen document of published figures, in its canonical form: what the digest is over.

    `cells` are unit, level, measure, people, and the sum of their values (scores in hundredths; of a subset the
    people in it). Both are null where the figure is withheld.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_DOCUMENT]})
    as_of: date
    cells: list[Cell]
    corrects: int | None
    cube: str
    form: int
    number: int
    period: str


class Releases:
    """The operations of one service."""

    def __init__(self, everybody: str) -> None:
        """`everybody` is the right by which a role reads all individuals of this service inside its units."""
        self._everybody = everybody

    async def listed(
        self,
        session: Reads,
        caller: Caller,
        request: Request,
        paging: Paging,
        cube: CubeQuery = None,
        period: PeriodQuery | None = None,
        region: Region = None,
    ) -> ReleasePage:
        """Roles programme-manager and ops with the root in their units, who read nobody one by one or everybody.

        What a region sent tells of people whom nobody reads at its hub: there these roles are enough.
        """
        await _require(session, caller, request, self._everybody, region)
        filters = {"cube": cube, "period": period}
        return ReleasePage.model_validate(await queries.releases(session, paging, filters, region))

    async def document(
        self,
        session: Reads,
        caller: Caller,
        request: Request,
        cube: CubePath,
        period: PeriodPath,
        number: Number,
        region: Region = None,
    ) -> Response:
        """Byte for byte what the digest is over, as it was made; it is never changed. For whom the list is."""
        await _require(session, caller, request, self._everybody, region)
        found = await queries.document(session, queries.Key(cube, period, number), region)
        digest = b64encode(bytes.fromhex(found.digest)).decode()
        headers = {"Repr-Digest": f"sha-256=:{digest}:"}
        return Response(found.text.encode(), media_type="application/json", headers=headers)


async def _require(
    session: Reads, caller: Caller, request: Request, everybody: str, region: str | None
) -> None:
    if region is not None:
        require_hub(request)
    await require_country(session, caller, RIGHT)
    if region is None:
        await queries.require_reader(session, caller, everybody)


def router(name: str, *, everybody: str = "figures.live") -> APIRouter:
    """`/v1/releases/<name>` of a service; `everybody` as in `Releases`."""
    found = APIRouter(prefix=f"/v1/releases/{name}", route_class=CommandRoute, tags=["releases"])
    of = Releases(everybody)
    found.add_api_route(
        "", of.listed, response_model_exclude_unset=True, summary=f"Releases of {name}, without their figures"
    )
    found.add_api_route(
        "/{cube}/{period}/{number}",
        of.document,
        response_model=ReleaseDocument,
        responses={200: {"headers": _HEADERS}},
        summary=f"A release of {name} as it was made",
    )
    return found
