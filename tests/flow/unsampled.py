"""Flows of a running stack that are not sampled, and what can happen to them."""

import os
import secrets
import signal
import time
from collections.abc import Iterable
from uuid import uuid4

import aiohttp
import nats
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from deploy.broker.server_settings import ADMIN
from deploy.demo.mandoria import ROOT
from shared.events.registry import PeopleChanged
from tests.flow.received import attribute
from tests.flow.stacks import Flow
from tests.servers import wait_for

CHANGED = PeopleChanged.type()
READERS = {f"{service}-registry-people-changed-v1" for service in ("assessment", "planning", "evaluation")}


async def call(flow: Flow, method: str, path: str, **body: object) -> tuple[str, float]:
    """(trace id, seconds) of one request whose flow begins now and is not sampled."""
    trace_id = f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"
    headers = {
        "Authorization": f"Bearer {flow.stack.token('hris', (ROOT,), 'hris')}",
        "traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-00",
    }
    began = time.monotonic()
    async with aiohttp.ClientSession(flow.stack.gateway_url, headers=headers) as client:
        async with client.request(method, path, json=body or None) as answer:
            assert answer.status < 300, await answer.text()
    return trace_id, time.monotonic() - began


async def person(flow: Flow) -> str:
    """The trace of a new person, whom three services hear of."""
    return (await call(flow, "POST", "/v1/people", family_name="Nobody", given_name="At All"))[0]


async def ordinary(flow: Flow) -> str:
    """The trace of a read that was not slow."""
    for _ in range(10):
        trace_id, seconds = await call(flow, "GET", f"/v1/units/{ROOT}")
        if seconds < 1:
            return trace_id
    raise AssertionError("the machine is too slow to tell")


async def failing(flow: Flow) -> str:
    """The trace of a change that planning fails to apply once at least."""

    async def failed() -> bool:
        return bool(await flow.ids("planning", "select event_id from poison where buried_at is null"))

    await flow.rows("planning", "alter table person rename to person_away")
    try:
        trace_id = await person(flow)
        await wait_for(failed, timeout=20)
    finally:
        await flow.rows("planning", "alter table person_away rename to person")
    return trace_id


async def slow(flow: Flow) -> str:
    """The trace of a change that planning applies two seconds late."""
    pid = flow.stack.services["planning"].pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        trace_id = await person(flow)
        late = time.monotonic() + 2.2
        await wait_for(lambda: time.monotonic() > late, timeout=10)
    finally:
        os.kill(pid, signal.SIGCONT)
    return trace_id


def whole(spans: Iterable[Span]) -> bool:
    """Whether gateway, registry, the event and its three readers are there."""
    found = list(spans)
    servers = [span for span in found if span.kind == Span.SPAN_KIND_SERVER]
    published = {span.name for span in found if span.kind == Span.SPAN_KIND_PRODUCER}
    heard = {attribute(span, "messaging.consumer.group.name") for span in found}
    return len(servers) == 2 and f"publish {CHANGED}" in published and heard >= READERS


async def refused(flow: Flow) -> None:
    """An event on a subject of registry's own that no stream takes."""
    subject = f"steward.{flow.stack.settings.instance}.nowhere.registry.people-changed.v1"
    await flow.rows(
        "registry",
        "insert into outbox (event_id, aggregate_id, subject, payload) values ($1, 'nowhere', $2, '{}')",
        uuid4(),
        subject,
    )


async def given_up(flow: Flow) -> None:
    """What is no event."""
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    headers = {"Nats-Msg-Id": str(uuid4())}
    await client.jetstream().publish(
        PeopleChanged.subject(flow.stack.settings.instance), b"{", headers=headers
    )
    await client.close()
