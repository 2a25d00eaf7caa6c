"""Replicas of the gateway's part in deliveries, which can be killed, and what receivers took of them."""

import asyncio
import io
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import orjson

from services.gateway.broker import Broker
from services.gateway.events import wiring
from services.gateway.events.webhooks.deliveries import Deliveries
from services.gateway.events.webhooks.lease import Leases
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.http_client.upstream import Upstream
from shared.auth.event_readers import Reader
from shared.events.planning import PlanAgreed
from shared.messaging.stream_names import deliveries
from shared.tasks import end
from tests.gateway.events.conftest import copied, published
from tests.registry.builders import person, post

QUICK = Schedule(first=0.05, longest=0.2, ack_wait=1.5)
SLOW = Schedule(first=120.0, ack_wait=1.5)  # a process tries each event once, who takes over once more
OWNER = Reader(roles=["hris"], units=["SL"], subject_key="0" * 32, client=True)
PLANS = ["steward.planning.plan-agreed.v1"]


class Replica:
    """One gateway's part in deliveries, which can be killed."""

    def __init__(self, settings, schedule: Schedule) -> None:
        self.state = SimpleNamespace(broker=Broker(settings), upstream=Upstream(settings.services))
        wiring.install(self.state, settings, schedule)
        known = self.state.deliveries
        self.state.deliveries = self.deliveries = Deliveries(
            self.state.broker, known._subscriptions, known._tools, Leases(self.state.broker, 1.0), look=0.1
        )
        self._task: Any = None

    async def start(self) -> None:
        await self.state.upstream.start()
        await self.state.broker.connect()
        self._task = asyncio.create_task(self.deliveries.run())

    async def kill(self) -> None:
        """End as a process does that is killed: nothing is given back, no lease is released."""
        silent: Any = SimpleNamespace(hold=None, release=_nothing, expired=lambda _: True)
        self.deliveries._leases = silent
        await self.state.broker.close()
        await self.stop()

    async def stop(self) -> None:
        await end([self._task])
        await self.state.broker.close()
        await self.state.upstream.close()


async def _nothing(*_: object) -> None:
    """As nobody is there any more."""


@asynccontextmanager
async def replicas(behind, count: int, schedule: Schedule = QUICK):
    async with AsyncExitStack() as stack:
        running = [Replica(behind.settings, schedule) for _ in range(count)]
        for each in running:
            await each.start()
            stack.push_async_callback(each.stop)
        yield running


async def subscribe(replica: Replica, url: str, **values):
    place = await replica.state.feed.end()
    desk = replica.state.webhook_desk
    owner = values.get("owner", OWNER)
    return await desk.subscribe(owner, str(uuid4()), place.seq, url, PLANS, values.get("warning_url"))


async def happen(behind, rounds: int, people=None) -> dict[str, list[str]]:
    """Events of each person, in order, one person's between the others'."""
    made: dict[str, list[str]] = defaultdict(list)
    for _ in range(rounds):
        for who, post_id in people or behind.people:
            about = {"person_id": who, "post_id": post_id, "unit_code": "E1A"}
            made[who].append(await published(behind.broker, PlanAgreed, plan_id=str(uuid4()), **about))
    await copied(behind.broker)
    return made


async def crowd(registry, count: int) -> list[tuple[str, str]]:
    """Ids of so many new people with a post at E1B, no two alike, and of no post."""
    lines = [person(family_name=f"F{uuid4().hex}", given_name=f"G{uuid4().hex}") for _ in range(count)]
    await _loaded(registry, "people", lines)
    posts = [post("", "E1B", external_id=each["external_id"]) for each in lines]
    for each, line in zip(posts, lines, strict=True):
        del each["person_id"]
        each["person_external_id"] = line["external_id"]
    await _loaded(registry, "posts", posts)
    found = (await registry.get("/v1/people", params={"unit": "E1B", "limit": "200"})).json["items"]
    assert len(found) == count
    return [(each["person_id"], str(uuid4())) for each in found]


async def _loaded(registry, kind: str, lines) -> None:
    body = io.BytesIO(b"\n".join(orjson.dumps(line) for line in lines))
    headers = {"Content-Type": "application/x-ndjson"}
    answer = await registry.post(f"/v1/imports/{kind}", data=body, headers=headers)
    assert answer.json["created"] == len(lines)


async def deleted(replica: Replica, hook) -> None:
    """The webhook is ended, so that no other test's replicas deliver for it."""
    desk = replica.state.webhook_desk
    await desk.delete(await desk.anybodys(hook.subscription.id))


def by_person(receiver) -> dict[str, list[str]]:
    """What a receiver took of each person, in the order in which it first took it."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in receiver.taken:
        lane = found[event["data"]["person_id"]]
        if event["id"] not in lane:
            lane.append(event["id"])
    return found


async def tried(behind, hook) -> bool:
    """Whether the log has what became of a delivery."""
    subject = deliveries(hook.subscription.id)
    info = await behind.broker.jetstream().stream_info("DELIVERIES", subjects_filter=subject)
    return bool(info.state.subjects)
