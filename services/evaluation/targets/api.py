"""Targets of indicators over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from services.evaluation.catalogue import queries as catalogue
from services.evaluation.targets import achievement as rules
from services.evaluation.targets import commands, queries
from services.evaluation.targets.commands import Key
from shared.auth import rights
from shared.directory.authorization import require_country, require_unit
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code, Hundredths, PeriodPath, PeriodQuery

router = APIRouter(prefix="/v1/targets", route_class=CommandRoute, tags=["targets"])

Level = Literal["country", "region", "district", "facility"]
_LIMITS: dict[str, Any] = {"minimum": 0, "maximum": 1_000_000}
Value = Annotated[Hundredths, Field(ge=0, le=1_000_000, json_schema_extra=_LIMITS)]

TARGET: dict[str, Any] = {
    "indicator": "OP-01",
    "period": "2026Q4",
    "unit_code": None,
    "unit_level": "facility",
    "value": 80.0,
    "origin": "hub",
    "version": 1,
    "set_at": "2026-11-23T08:00:00Z",
}


class TargetSet(BaseModel):
    """In the indicator's unit, two decimals at most; null withdraws a target."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"value": 80}]})

    value: Value | None


class Target(BaseModel):
    """What an indicator should reach in a quarter, at one unit or at every unit of a level.

    `origin`: `own` was set here, `hub` came from the national hub; the own one holds. `value` is null where an
    own target was withdrawn.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [TARGET]})

    indicator: str
    period: str
    unit_code: str | None
    unit_level: str | None
    value: float | None
    origin: Literal["own", "hub"]
    version: int
    set_at: datetime


class Targets(BaseModel):
    """A page of targets."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [TARGET], "next": None}]})

    items: list[Target]
    next: str | None


@router.get("", summary="Targets")
async def listing(
    session: Reads,
    caller: Caller,
    paging: Paging,
    indicator: Code | None = None,
    period: PeriodQuery | None = None,
    unit: Code | None = None,
    unit_level: Level | None = None,
) -> Targets:
    """This instance's own and, in a region, its hub's. Any role; a target tells of nobody."""
    rights.require(caller, "target.read")
    filters = {"indicator": indicator, "period": period, "unit_code": unit, "level": unit_level}
    found = await queries.listing(session, paging, filters)
    return Targets(items=[_target(row) for row in found["items"]], next=found["next"])


@router.get("/{indicator}/{period}/units/{unit}", summary="The target of a unit")
async def of_unit(
    session: Reads, caller: Caller, indicator: Code, period: PeriodPath, unit: Code, response: Response
) -> Target:
    """The own one, or else the hub's; not the one of the unit's level."""
    return await _one(session, caller, Key(indicator, period, unit, ""), response)


@router.get("/{indicator}/{period}/levels/{level}", summary="The target of a level")
async def of_level(
    session: Reads, caller: Caller, indicator: Code, period: PeriodPath, level: Level, response: Response
) -> Target:
    """The own one, or else the hub's."""
    return await _one(session, caller, Key(indicator, period, "", level), response)


@router.put("/{indicator}/{period}/units/{unit}", summary="Set the target of a unit")
async def put_of_unit(
    session: Writes,
    caller: Caller,
    indicator: Code,
    period: PeriodPath,
    unit: Code,
    wanted: TargetSet,
    request: Request,
    response: Response,
) -> Target:
    """For the unit itself, not for those below.

    Role programme-manager inside its units; a change needs If-Match.
    """
    await require_unit(session, caller, "target.keep", unit)
    return await _put(session, request, response, Key(indicator, period, unit, ""), wanted)


@router.put("/{indicator}/{period}/levels/{level}", summary="Set the target of a level")
async def put_of_level(
    session: Writes,
    caller: Caller,
    indicator: Code,
    period: PeriodPath,
    level: Level,
    wanted: TargetSet,
    request: Request,
    response: Response,
) -> Target:
    """For every unit of the level; at a hub for its regions' too.

    Role programme-manager with the root in its units; a change needs If-Match.
    """
    await require_country(session, caller, "target.keep-level")
    return await _put(session, request, response, Key(indicator, period, "", level), wanted)


async def _one(session: Reads, caller: Caller, key: Key, response: Response) -> Target:
    rights.require(caller, "target.read")
    wanted = {
        "indicator": key.indicator, "period": key.period, "unit_code": key.unit_code, "level": key.level,
    }  # fmt: skip
    row = await queries.one(session, wanted)
    response.headers["ETag"] = etag(row["version"])
    return _target(row)


async def _put(session: Writes, request: Request, response: Response, key: Key, wanted: TargetSet) -> Target:
    await catalogue.indicator(session, key.indicator)
    version = await commands.version_of(session, key)
    if version is not None:
        check_if_match(request, version)
    value = rules.hundredths(wanted.value)
    row = await commands.put(session, request.app.state.settings, key, value)
    response.headers["ETag"] = etag(row["version"])
    return _target(row)


def _target(row: dict[str, Any]) -> Target:
    return Target(
        indicator=row["indicator"],
        period=row["period"],
        unit_code=row["unit_code"] or None,
        unit_level=row["level"] or None,
        value=rules.shown(row["value"]),
        origin="hub" if row["national"] else "own",
        version=row["version"],
        set_at=row["set_at"],
    )
