"""Deliveries through outages: receivers that fail for long, processes that are killed, replicas side by side."""

import asyncio
import random
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from uuid import uuid4

import pytest

from services.gateway.events.webhooks import backlog
from services.gateway.events.webhooks.records import State
from services.gateway.events.webhooks.retries import Schedule
from shared.auth.event_readers import Reader
from shared.events.planning import PlanAgreed
from shared.messaging.stream_names import set_aside
from tests.gateway.events.conftest import published
from tests.gateway.events.receiver import receiving
from tests.gateway.events.replicas import (
    OWNER,
    SLOW,
    by_person,
    crowd,
    deleted,
    happen,
    replicas,
    subscribe,
    tried,
)
from tests.registry.builders import hired, made, unit
from tests.servers import INSTANCE, wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(40)]


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
            await deleted(other, hook)


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


@pytest.mark.timeout(300)
async def test_two_hundred_people_that_are_refused_hold_up_nobody_else(behind):
    """Half of them by an answer about the event, half as if the receiver were away, over two kills."""
    refused = await crowd(behind.registry, 200)
    away = {person for person, _ in refused[::2]}
    ill = {person for person, _ in refused[1::2]}

    def answer(event):
        who = event["data"]["person_id"]
        return (503 if who in away else 422 if who in ill else 200), {}

    async with receiving() as receiver:
        receiver.answer = answer
        async with replicas(behind, 1, SLOW) as (victim,):
            hook = await subscribe(victim, receiver.url)
            made = await happen(behind, 1, refused[1:2])
            streams = behind.broker.jetstream()
            first = (await streams.get_last_msg("FEED", PlanAgreed.subject(INSTANCE))).seq
            for who, events in (await happen(behind, 1, [*refused, *refused[:5]])).items():
                made[who] += events

            async def are_set_aside() -> bool:
                return len(found := await _set_aside(behind, hook)) >= 64 and first in found

            await wait_for(are_set_aside, 60)
            await victim.kill()
        await streams.delete_msg("FEED", first)  # as an erasure does
        made[refused[1][0]].pop(0)
        others = await happen(behind, 1)
        async with replicas(behind, 1, SLOW) as (victim,):
            await wait_for(lambda: by_person(receiver) == others, 60)
            await victim.kill()
        receiver.answer = lambda _: (200, {})
        async with replicas(behind, 1, SLOW) as (last,):
            await wait_for(lambda: by_person(receiver) == made | others, 60)
            await wait_for(partial(_nothing_waits, behind, hook), 20)
            await wait_for(partial(_none_is_set_aside, behind, hook), 20)
            await deleted(last, hook)


async def test_the_owner_is_warned_when_so_many_wait_that_others_do_not_come(behind, monkeypatch):
    monkeypatch.setattr(backlog, "MOST", 8)
    monkeypatch.setattr(backlog, "UNDER_WAY", 8)
    first, *others = behind.people
    async with receiving() as receiver, receiving() as warned, replicas(behind, 1) as (replica,):
        receiver.answer = lambda event: (400 if event["data"]["person_id"] == first[0] else 200, {})
        hook = await subscribe(replica, receiver.url, warning_url=warned.url)
        made = await happen(behind, 20, [first])
        await wait_for(lambda: warned.taken, 30)
        assert warned.taken[0]["type"] == "steward.gateway.webhook-held-up.v1"
        assert (await replica.state.webhook_desk.one(OWNER, hook.subscription.id)).subscription.held_up_since
        made |= await happen(behind, 1, others)
        receiver.answer = lambda _: (200, {})
        await wait_for(lambda: by_person(receiver) == made, 30)

        async def goes_on() -> bool:
            found = await replica.state.webhook_desk.one(OWNER, hook.subscription.id)
            return found.subscription.held_up_since is None

        await wait_for(goes_on, 20)
        assert len(warned.taken) == 1
        await deleted(replica, hook)


async def test_a_replay_forgets_what_waited_before_it(behind):
    who, _ = behind.people[0]
    async with receiving() as receiver, replicas(behind, 1) as (replica,):
        receiver.answer = lambda _: (400, {})
        hook = await subscribe(replica, receiver.url)
        await happen(behind, 70, behind.people[:1])
        await wait_for(partial(_set_aside, behind, hook), 20)
        place, desk = await replica.state.feed.end(), replica.state.webhook_desk
        again = await desk.replay(await desk.one(OWNER, hook.subscription.id), place.seq)
        receiver.answer = lambda _: (200, {})
        made = await happen(behind, 1, behind.people[:1])
        await wait_for(lambda: by_person(receiver)[who][-1:] == made[who], 20)
        await wait_for(partial(_none_is_set_aside, behind, again), 20)
        await deleted(replica, hook)


async def _set_aside(behind, hook) -> set[int]:
    """The places in the feed of what is set aside."""
    subject = set_aside(hook.subscription.durable)
    info = await behind.broker.jetstream().stream_info("SET_ASIDE", subjects_filter=subject)
    return {int(name.rpartition(".")[2]) for name in info.state.subjects or {}}


async def _none_is_set_aside(behind, hook) -> bool:
    return not await _set_aside(behind, hook)


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
        hook = await subscribe(replica, receiver.url)
        await happen(behind, 1, behind.people[:1])
        await wait_for(partial(tried, behind, hook), 20)
        await happen(behind, 1, behind.people[1:])
        await wait_for(lambda: len(receiver.ids) == 3, 20)
        assert min(times[1:]) - times[0] >= 1.9


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
