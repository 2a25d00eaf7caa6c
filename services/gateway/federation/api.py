"""Who of a federation was heard when, and how far its figures have come. Nothing about people."""

from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import msgspec
import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.gateway.broker import Broker
from services.gateway.federation import own_link
from services.gateway.federation import regions as queries
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.api import onward
from services.gateway.views.composition import Part, fetch
from shared.auth import rights
from shared.auth.rights import Reach
from shared.errors import Forbidden, NotFound
from shared.http import Caller, CommandRoute
from shared.settings import Settings

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["operators"])
DEADLINE = 2.0


class Outbox(BaseModel):
    """Events of a service that wait to be published, and the age of the oldest."""

    waiting: int
    oldest_seconds: float


class Budget(BaseModel):
    """Of a metered line: bytes of today (UTC), how many there may be, events that wait for tomorrow."""

    day: str
    used: int
    limit: int
    waiting: int


class Held(BaseModel):
    """Events that wait to be taken over into the uplink, and the age of the oldest in seconds."""

    events: int
    seconds: float


class Condition(BaseModel):
    """A region as it says of itself, at its own time `at`; `uplink` and `down` are sequences of its streams."""

    at: datetime
    epoch: int
    software: str
    uplink: int
    down: int
    versions: dict[str, str]
    suppressed_cells: int | None
    outboxes: dict[str, Outbox]
    up_bytes: int
    up_limit: int
    budget: Budget | None
    held: Held


class RegionStanding(BaseModel):
    """A region as its hub sees it: late above 120 seconds; null is what is not known before it was heard."""

    region: str
    state: Literal["ok", "late", "never-seen", "suspended", "unknown"]
    last_seen: datetime | None
    lag_seconds: float | None
    lag_events: int | None
    unapplied_events: int
    refused_events: int
    received_events: int
    beat: Condition | None  # lint: a field of the answer over HTTP


class OwnLink(BaseModel):
    """A region's own side: the link is `away` where the hub was not heard for 30 seconds.

    `waiting` events are here and not at the hub, `in_uplink` of them in the stream that it reads; null while the
    hub was not heard since the region's broker started, for how far it has read is not known then.
    """

    region: str
    hub: str
    state: Literal["ok", "away"]
    hub_heard_seconds: float | None
    waiting: int
    in_uplink: int | None
    beat: Condition  # lint: a field of the answer over HTTP


class Federation(BaseModel):
    """At a hub all member regions, at a region its own link."""

    role: Literal["hub", "region"]
    regions: list[RegionStanding] | None = None
    link: OwnLink | None = None


@router.get("/federation", summary="The regions of this hub, or this region's link")
async def federation(request: Request, caller: Caller) -> Federation:
    """Last seen, lag, versions, suppressed cells. Role ops, or programme-manager for the root unit."""
    rights.require(caller, "federation.read")
    settings: Settings = request.app.state.settings
    if settings.federation == "none":
        raise NotFound("not-federated", "This instance belongs to no federation.")
    if Reach.ALL not in rights.reaches(caller, "federation.read"):
        await _require_root(request, caller.units)
    broker: Broker = request.app.state.broker
    async with broker.asking() as client:
        if settings.federation == "hub":
            found: list[Any] = msgspec.to_builtins(await queries.regions(client), str_keys=True)
            return Federation.model_validate({"role": "hub", "regions": found})
        upstream: Upstream = request.app.state.upstream
        own = msgspec.to_builtins(await own_link.link(client, upstream, settings))
    return Federation.model_validate({"role": "region", "link": own})


async def _require_root(request: Request, units: tuple[str, ...]) -> None:
    """Raises Forbidden `unit-out-of-scope` unless one of the caller's units has no unit above it."""
    for unit in units:
        part = Part("unit", "registry", f"/v1/units/{quote(unit, safe='')}")
        found = await fetch(request.app.state.upstream, part, onward(request), DEADLINE)
        if found.reason is None and orjson.loads(found.body).get("parent") is None:
            return
    raise Forbidden("unit-out-of-scope", "The federation is for who has the root unit.")
