"""Real processes die in the middle: nothing is lost, nothing doubled, counts by id are equal at the end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.broker.server_settings import ADMIN
from deploy.demo import rating, rounds, timeline
from deploy.demo.rounds import Round
from services.gateway.broker import put
from shared.events.assessment import AssessmentCompleted
from tests.flow.stacks import Flow, running
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow(170), pytest.mark.timeout(300)]

PATIENCE = 120.0  # seconds in which a busy machine starts again what was killed
NATS_AWAY = 20.0  # seconds, as the requirement names them
AT_ONCE = 500  # events published one behind the other before their answers are awaited
TRACES = 0.1  # as in a federation: a flow that fails or is slow is recorded whatever the share


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow() -> AsyncIterator[Flow]:
    async with running(trace_ratio=TRACES) as started:
        started.api.wait_longer(PATIENCE)
        yield started


async def rate_everybody(flow: Flow, name: str, meanwhile: Callable[[], Awaitable[None]]) -> str:
    """A cycle for the country, answered in bulk while something happens; its id once it is closed."""
    run = flow.run
    day = await timeline.today(run.api)
    cycle = await rounds.open_cycle(run.api, run.country, day, day)
    run.singles = []
    lines = list(rating._lines(run, cycle["cycle_id"], Round(name, run.ability, run.competency_of)))

    async def send() -> None:
        for start in range(0, len(lines), 60):
            report = await rounds.send(run.api, iter(lines[start : start + 60]))
            assert not report["rejected"], report["rejected"][:2]

    await asyncio.gather(send(), meanwhile())
    await rounds.close_cycle(run.api, cycle["cycle_id"])
    return str(cycle["cycle_id"])


async def check(flow: Flow, cycle_id: str) -> None:
    await flow.every_event_arrived_once()
    assert await flow.counts_agree(cycle_id) == len(flow.run.country.posts)
    flow_now = await flow.api.get("/v1/flow", who="ops")
    assert flow_now["dead_letters"] == 0


async def kill(flow: Flow, name: str) -> None:
    """kill -9, and wait until the supervisor has it running again."""
    child = flow.supervisor._children[name]
    pid = child.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await wait_for(lambda: child.pid not in (None, pid), timeout=60)


@pytest.mark.parametrize("service", ["assessment", "planning", "evaluation", "gateway", "registry"])
async def test_a_service_killed_in_the_middle(flow: Flow, service: str):
    async def twice() -> None:
        for _ in range(2):
            await rows_grow(flow)
            await kill(flow, service)

    cycle = await rate_everybody(flow, f"kill {service}", twice)
    await check(flow, cycle)


async def rows_grow(flow: Flow) -> None:
    """Wait until the load is under way: some more events were published than a moment ago."""
    count = "select count(*) from outbox where subject like '%assessment.completed%'"
    before = await flow.ids("assessment", count)

    async def more() -> bool:
        return await flow.ids("assessment", count) != before

    try:
        await wait_for(more, timeout=3)
    except AssertionError:
        return  # everything is submitted already: the consumers are still at it


async def test_the_broker_away_for_twenty_seconds(flow: Flow):
    async def away() -> None:
        await rows_grow(flow)
        async with held_down(flow, "nats"):
            loop = asyncio.get_running_loop()
            until = loop.time() + NATS_AWAY
            while loop.time() < until:  # commands go on all the while
                await flow.api.get("/v1/cycles", limit="1")
                await asyncio.sleep(0.5)

    cycle = await rate_everybody(flow, "no broker", away)
    await check(flow, cycle)


async def test_the_database_restarted(flow: Flow):
    async def restarted() -> None:
        await rows_grow(flow)
        async with held_down(flow, "postgres"):
            pass
        await kill(flow, "postgres")

    cycle = await rate_everybody(flow, "no database", restarted)
    await check(flow, cycle)


@asynccontextmanager
async def held_down(flow: Flow, name: str) -> AsyncIterator[None]:
    """A server stopped in order for the time of the block."""
    server = getattr(flow.stack, name)
    flow.supervisor.paused.add(name)
    await asyncio.to_thread(server.stop)
    try:
        yield
    finally:
        await asyncio.to_thread(server.start)
        flow.supervisor.paused.discard(name)


async def test_the_same_batch_twice_changes_nothing(flow: Flow):
    run = flow.run
    cycle = await rate_everybody(flow, "twice", _nothing)
    before = await flow.rows("assessment", "select * from response order by 1, 2")
    lines = list(rating._lines(run, cycle, Round("twice", run.ability, run.competency_of)))
    report = await rounds.send(run.api, iter(lines))
    assert report["created"] == 0
    assert await flow.rows("assessment", "select * from response order by 1, 2") == before
    await check(flow, cycle)


async def test_old_events_again_and_in_disorder_change_nothing(flow: Flow):
    cycle = await rate_everybody(flow, "disorder", _nothing)
    await rounds.settled(flow.api)
    tables = {
        "assessment": "select * from rollup order by 1, 2, 3",
        "planning": "select plan_id, version, state from plan order by 1",
        "evaluation": "select * from indicator_value order by 1, 2, 3",
        "registry": "select person_id, version from person order by 1",
    }
    before = {name: await flow.rows(name, statement) for name, statement in tables.items()}
    assert await replay_backwards(flow) > 100
    await rounds.settled(flow.api)
    assert {name: await flow.rows(name, statement) for name, statement in tables.items()} == before
    await check(flow, cycle)


async def replay_backwards(flow: Flow) -> int:
    """Publish every event of LOCAL and UP again, newest first, as a broker that forgot would."""
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    try:
        messages = [*await everything(client, "LOCAL"), *await everything(client, "UP")]
        again = [
            (message.subject, message.data, {"Nats-Msg-Id": f"again-{number}"})
            for number, message in enumerate(reversed(messages))
        ]
        for start in range(0, len(again), AT_ONCE):
            stored = await put(client, again[start : start + AT_ONCE])
            assert not [one for one in stored if one.error or one.duplicate]
        return len(messages)
    finally:
        await client.close()


async def everything(client: Client, stream: str) -> list[Msg]:
    """The messages of a stream, in its order: by a consumer, since one by one each is a question."""
    jetstream = client.jetstream()
    last = (await jetstream.stream_info(stream)).state.last_seq
    reading = await jetstream.subscribe(">", stream=stream, ordered_consumer=True)
    found: list[Msg] = []
    while not found or found[-1].metadata.sequence.stream < last:
        found.append(await reading.next_msg(timeout=10))
    await reading.unsubscribe()
    return found


async def test_a_poison_event_is_buried_listed_and_blocks_nobody(flow: Flow):
    subject = AssessmentCompleted.subject(flow.stack.settings.instance)
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    poison = (
        b'{"specversion": "1.0", "id": "00000000-0000-4000-8000-00000000dead", "data": {"scores": "none"}}'
    )
    await client.jetstream().publish(
        subject, poison, headers={"Nats-Msg-Id": "00000000-0000-4000-8000-00000000dead"}
    )
    await client.close()
    readers = 3  # assessment, planning, evaluation

    async def buried() -> bool:
        return (await flow.api.get("/v1/flow", who="ops"))["dead_letters"] == readers

    await wait_for(buried, timeout=30)
    letters = (await flow.api.get("/v1/dead-letters", who="ops"))["items"]
    assert len(letters) == readers
    cycle = await rate_everybody(flow, "poison", _nothing)
    await flow.every_event_arrived_once(dead_letters=readers)
    assert await flow.counts_agree(cycle) == len(flow.run.country.posts)


async def _nothing() -> None:
    return None
