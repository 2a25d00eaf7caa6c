"""Which region owns a unit, where it is spoken to, and the key that files for it are sealed to. No people."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.registry.field_types import CodePath, example
from services.registry.national import queries
from shared.auth import rights
from shared.federation.regional_answers import require_hub
from shared.http import Caller, CommandRoute, Paging, Reads

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["national"])
READ = "region.read"

_REGION: dict[str, Any] = {
    "region": "north",
    "address": "https://north.example.org",
    "sealing_key": "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "signing_key": "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4",
    "received_at": "2026-11-23T08:00:02Z",
}
_UNIT: dict[str, Any] = {"unit_code": "SL-F-K7Q2M9X4AB", "region": "north"}
_NAMED: dict[str, Any] = {**_UNIT, "name": "Makeni Community Health Centre", "level": "facility"}


class Region(BaseModel):
    """A region as it says of itself; null is what it does not say.

    `sealing_key` is the recipient of age files that only it opens, `signing_key` the NKEY of its signatures.
    """

    model_config = example(_REGION)
    region: str
    address: str | None
    sealing_key: str | None
    signing_key: str | None
    received_at: datetime | None


class Regions(BaseModel):
    """A page of regions."""

    model_config = example({"items": [_REGION], "next": None})
    items: list[Region]
    next: str | None


class OwnedUnit(BaseModel):
    """A unit, and a region that owns it; `name` is null while that region runs a version without names."""

    model_config = example(_NAMED)
    unit_code: str
    region: str
    name: str | None
    level: str


class OwnedUnits(BaseModel):
    """A page of units with their regions."""

    model_config = example({"items": [_NAMED], "next": None})
    items: list[OwnedUnit]
    next: str | None


class RegionOfUnit(Region):
    """The region that owns a unit."""

    model_config = example(_UNIT | _REGION)
    unit_code: str


@router.get("/units/{code}/region", summary="The region that owns a unit", response_model=RegionOfUnit)
async def unit_region(code: CodePath, session: Reads, caller: Caller, request: Request) -> Any:
    """At a hub: which region owns the unit, its address and public keys. Ask that region about people."""
    rights.require(caller, READ)
    require_hub(request)
    return await queries.region_of(session, code)


@router.get("/national/regions", summary="Regions, with address and keys", response_model=Regions)
async def regions(session: Reads, caller: Caller, request: Request, paging: Paging) -> Any:
    """At a hub: the regions whose units came here, each with what it says of itself."""
    rights.require(caller, READ)
    require_hub(request)
    return await queries.regions(session, paging)


@router.get(
    "/national/unit-regions", summary="Units, with the region that owns each", response_model=OwnedUnits
)
async def unit_regions(session: Reads, caller: Caller, request: Request, paging: Paging) -> Any:
    """At a hub: every unit of every region by code. A code that two regions have is in the list twice."""
    rights.require(caller, READ)
    require_hub(request)
    return await queries.owned_units(session, paging)
