"""A gateway with its event feed before a served registry, on a real broker."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import nats
import orjson
import pytest_asyncio
from fastapi import FastAPI
from nats.aio.client import Client as NatsClient
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg

from deploy.broker.server_settings import ADMIN
from services.gateway.main import create
from shared.events.event import Event, Reach
from shared.events.feed_events import SHOWN
from shared.federation.heartbeat import source
from shared.settings import Settings
from tests.registry.builders import hired, plant
from tests.served import Answer, Client, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for


@dataclass
class Country:
    """A gateway's and a registry's client, both HRIS of the whole country, and the broker."""

    gateway: Client
    registry: Client
    broker: NatsClient
    token: Callable[..., str]
    settings: Settings
    app: FastAPI  # the gateway

    def reader(self, *roles: str, units: tuple[str, ...] = (), subject: str = "reader") -> Client:
        """The gateway called by somebody."""
        return self.gateway.using(self.token(*roles, units=units, subject=subject))

    async def happened(self, event: type[Event], *, time: str | None = None, **data: Any) -> str:
        """Publish an event as its service does; its id."""
        return await published(self.broker, event, time=time, **data)


async def published(broker: NatsClient, event: type[Event], *, time: str | None = None, **data: Any) -> str:
    """Publish an event as its service does; its id."""
    identifier = str(uuid4())
    envelope = {
        "specversion": "1.0",
        "id": identifier,
        "source": f"/steward/{INSTANCE}/{event.service}",
        "type": event.type(),
        "subject": data.get("plan_id") or data.get("assessment_id") or "one",
        "time": time or datetime.now(UTC).isoformat(),
        "instance": INSTANCE,
        "aggregateversion": 1,
        "epoch": 1,
        "datacontenttype": "application/json",
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "data": data,
    }
    headers = {"Nats-Msg-Id": identifier}
    await broker.jetstream().publish(event.subject(INSTANCE), orjson.dumps(envelope), headers=headers)
    return identifier


async def copied(broker: NatsClient) -> int:
    """Wait until the feed has a copy of the last event of each stream; its last sequence.

    The lag that the feed says of itself is that of the last message it was sent, and tells nothing of those after.
    """
    streams = broker.jetstream()

    async def all_there() -> bool:
        feed = await _newest(streams, "FEED")
        for reach in Reach:
            own = {kind.event.subject(INSTANCE) for kind in SHOWN.values() if kind.event.reach is reach}
            said = [event.seq or 0 for event in await _newest(streams, reach.stream) if event.subject in own]
            sources = [source(event.headers) for event in feed]
            if max(said, default=0) > max((seq for name, seq in sources if name == reach.stream), default=0):
                return False
        return True

    await wait_for(all_there)
    return (await streams.stream_info("FEED")).state.last_seq


async def _newest(streams: JetStreamContext, stream: str) -> list[RawStreamMsg]:
    """The newest message of each subject of a stream."""
    found = await streams.stream_info(stream, subjects_filter=">")
    return [await streams.get_last_msg(stream, subject) for subject in found.state.subjects or {}]


async def shown(country: Country, person_id: str, after: str | None = None) -> list[dict[str, Any]]:
    """Wait until the feed shows the last version of a person; all that it shows after a cursor by then."""
    version = (await country.registry.get(f"/v1/people/{person_id}")).json["version"]
    found: list[dict[str, Any]] = []

    async def all_there() -> bool:
        found[:], _ = await everything(country.gateway, after)
        items = [item for event in found for item in event["data"].get("items", ())]
        return {"person_id": person_id, "version": version} in items

    await wait_for(all_there)
    return found


def ids(answer: Answer) -> list[str]:
    """The ids of the events of a page."""
    assert answer.status == 200, answer.body
    return [event["id"] for event in answer.json]


async def everything(client: Client, after: str | None = None) -> tuple[list[dict[str, Any]], str]:
    """All events that a caller may see, and the cursor behind them."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await client.get("/v1/events", params={"after": after} if after else {})
        assert answer.status == 200, answer.body
        found += answer.json
        after = answer.headers["Steward-Cursor"]
        if answer.headers["Steward-At-End"] == "true":
            return found, after


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def country(serve, settings, nats_url, token) -> AsyncIterator[Country]:
    registry = (await serve("registry")).using(token("hris", units=("SL",), subject="hris"))
    await plant(registry)
    behind = settings("gateway", services={"registry": registry.url}, webhook_networks="127.0.0.0/8")
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    app = create(behind)
    async with serving(app) as client:
        gateway = client.using(registry.token)
        await wait_for(partial(_connected, gateway))
        yield Country(gateway, registry, broker, token, behind, app)
    await broker.close()


async def _connected(gateway: Client) -> bool:
    return (await gateway.get("/v1/events")).status == 200


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind(serve, settings, nats_url, token):
    registry = (await serve("registry")).using(token("hris", units=("SL",), subject="hris"))
    await plant(registry)
    people = [await hired(registry, "E1A") for _ in range(3)]
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    gateway = settings("gateway", services={"registry": registry.url}, webhook_networks="127.0.0.0/8")
    yield SimpleNamespace(settings=gateway, broker=broker, people=people, registry=registry)
    await broker.close()
