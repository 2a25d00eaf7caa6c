"""Deliveries through outages: receivers that fail for long, processes that are killed, replicas side by side."""

import asyncio
import random
from collections import defaultdict
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from services.gateway.broker import Broker
from services.gateway.events import wiring
from services.gateway.events.webhooks.deliveries import Deliveries
from services.gateway.events.webhooks.lease import Leases
from services.gateway.events.webhooks.records import State
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.http_client.upstream import Upstream
from shared.auth.event_readers import Reader
from shared.events.planning import PlanAgreed
from shared.tasks import end
from tests.gateway.events.conftest import copied, published
from tests.gateway.events.receiver import receiving
from tests.registry.builders import hired, made, plant, unit
from tests.servers import PASSWORDS, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUICK = Schedule(first=0.05, longest=0.2, ack_wait=1.5)
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def behind(serve, settings, nats_url, token):
    registry = (await serve("registry")).using(token("hris", units=("SL",), subject="hris"))
    await plant(registry)
    people = [await hired(registry, "E1A") for _ in range(3)]
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    gateway = settings("gateway", services={"registry": registry.url}, webhook_networks="127.0.0.0/8")
    yield SimpleNamespace(settings=gateway, broker=broker, people=people, registry=registry)
    await broker.close()


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


async def happen(behind, rounds: int) -> dict[str, list[str]]:
    """Events of each person, in order, one person's between the others'."""
    made: dict[str, list[str]] = defaultdict(list)
    for _ in range(rounds):
        for person, post in behind.people:
            about = {"person_id": person, "post_id": post, "unit_code": "E1A"}
            made[person].append(await published(behind.broker, PlanAgreed, plan_id=str(uuid4()), **about))
    await copied(behind.broker)
    return made


def by_person(receiver) -> dict[str, list[str]]:
    """What a receiver took of each person, in the order in which it first took it."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in receiver.taken:
        lane = found[event["data"]["person_id"]]
        if event["id"] not in lane:
            lane.append(event["id"])
    return found


async def test_nothing_is_lost_and_each_person_stays_in_order_over_outage_and_kills(behind):
    chance = random.Random(4)
    async with receiving() as receiver, replicas(behind, 2) as running:
        receiver.answer = lambda _: (500, {})
        hook = await subscribe(running[0], receiver.url)
        made = await happen(behind, 6)
        await wait_for(lambda: len(receiver.asked) > 20, 20)
        for victim in running:
            await victim.kill()
        assert receiver.taken == []
        made_later = await happen(behind, 4)
        receiver.answer = lambda _: (200, {}) if chance.random() > 0.3 else (503, {})
        async with replicas(behind, 2) as after:
            await wait_for(lambda: len(receiver.ids) >= 10, 30)
            holder = next(each for each in after if each.deliveries._running)
            await holder.kill()  # with some delivered, some under way
            expected = {person: made[person] + made_later[person] for person in made}
            await wait_for(lambda: by_person(receiver) == expected, 40)
            other = next(each for each in after if each is not holder)
            await other.state.webhook_desk.delete(
                await other.state.webhook_desk.one(OWNER, hook.subscription.id)
            )


async def test_one_event_that_is_refused_holds_up_its_person_alone(behind):
    async with receiving() as receiver, replicas(behind, 1) as (replica,):
        await subscribe(replica, receiver.url)
        made = await happen(behind, 3)
        first, *_ = behind.people
        poison = made[first[0]][0]
        receiver.answer = lambda event: (400 if event["id"] == poison else 200, {})
        await wait_for(lambda: len(receiver.ids) >= 6, 20)
        others = {person: events for person, events in made.items() if person != first[0]}
        assert by_person(receiver) == others
        receiver.answer = lambda _: (200, {})
        await wait_for(lambda: by_person(receiver) == made, 20)


async def test_two_replicas_deliver_once(behind):
    async with receiving() as receiver, replicas(behind, 2) as running:
        await subscribe(running[0], receiver.url)
        made = await happen(behind, 5)
        await wait_for(lambda: by_person(receiver) == made, 20)
        assert len(receiver.asked) == 15


async def test_who_asks_to_wait_is_waited_for(behind):
    loop = asyncio.get_running_loop()
    async with receiving() as receiver, replicas(behind, 1, Schedule(first=0.05, ack_wait=1.5)) as (replica,):
        times: list[float] = []

        def busy_once(_):
            times.append(loop.time())
            return (503, {"Retry-After": "2"}) if len(times) == 1 else (200, {})

        receiver.answer = busy_once
        await subscribe(replica, receiver.url)
        await happen(behind, 1)
        await wait_for(lambda: len(receiver.ids) == 3, 20)
        later = [each for each in times if each > times[0] + 0.5]
        assert min(later) - times[0] >= 1.9


async def test_the_owner_is_warned_elsewhere_before_a_webhook_that_only_fails_is_disabled(behind):
    brief = Schedule(first=0.05, longest=0.1, warn_after=0.3, give_up_after=0.8, ack_wait=1.5)
    async with receiving() as receiver, receiving() as warned, replicas(behind, 1, brief) as (replica,):
        receiver.answer = lambda _: (500, {})
        desk = replica.state.webhook_desk
        hook = await subscribe(replica, receiver.url, warning_url=warned.url)
        made = await happen(behind, 2)

        async def state() -> State:
            return (await desk.one(OWNER, hook.subscription.id)).subscription.state

        async def disabled() -> bool:
            return await state() is State.DISABLED

        await wait_for(lambda: warned.taken, 20)
        assert warned.taken[0]["type"] == "steward.gateway.webhook-failing.v1"
        await wait_for(disabled, 20)
        assert len(warned.taken) == 1
        receiver.answer = lambda _: (200, {})
        found = await desk.one(OWNER, hook.subscription.id)
        assert found.subscription.reason == "failing"
        await desk.change(found, {"state": "active"})
        await wait_for(lambda: by_person(receiver) == made, 20)


async def test_a_registry_that_is_away_is_nobodys_failure(behind):
    nowhere = behind.settings.model_copy(update={"services": {"registry": "http://127.0.0.1:9"}})
    async with receiving() as receiver:
        blind = SimpleNamespace(settings=nowhere, broker=behind.broker, people=behind.people)
        async with replicas(blind, 1) as (replica,):
            await subscribe(replica, receiver.url)
            made = await happen(behind, 1)
            await wait_for(lambda: replica.deliveries._running, 10)
        assert receiver.asked == []
        async with replicas(behind, 1):
            await wait_for(lambda: by_person(receiver) == made, 20)


async def test_an_event_that_waited_behind_another_is_judged_at_its_first_attempt(behind):
    """A facility leaves the owner's units while an event there waits for the one before of the same person."""
    await made(behind.registry, "/v1/units", unit("LEAVES", parent="SL-E-1"))
    who, post = await hired(behind.registry, "LEAVES")
    about = {"person_id": who, "post_id": post, "unit_code": "LEAVES"}
    async with receiving() as receiver, replicas(behind, 1) as (only,):
        receiver.answer = lambda _: (500, {})
        east = Reader(roles=["hris"], units=["SL-E"], subject_key="1" * 32, client=True)
        hook = await subscribe(only, receiver.url, owner=east)
        waits = [await published(behind.broker, PlanAgreed, plan_id=str(uuid4()), **about) for _ in range(2)]
        await wait_for(lambda: len(receiver.asked) > 12, 20)
        move = {"parent": "SL-N", "on": datetime.now(UTC).date().isoformat()}
        await made(behind.registry, "/v1/units/LEAVES/move", move)
        receiver.answer = lambda _: (200, {})
        await wait_for(partial(_nothing_waits, behind, hook), 20)
        assert {event["id"] for event in receiver.asked} == {waits[0]}
        await only.state.webhook_desk.delete(await only.state.webhook_desk.one(east, hook.subscription.id))


async def _nothing_waits(behind, hook) -> bool:
    found = await behind.broker.jetstream().consumer_info("FEED", hook.subscription.durable)
    return not found.num_pending and not found.num_ack_pending
