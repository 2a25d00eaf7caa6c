"""Real processes die in the middle: nothing is lost, nothing doubled, counts by id are equal at the end."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial

import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from deploy.demo import rating, rounds, timeline
from deploy.demo.rounds import Round
from shared.events.assessment import AssessmentCompleted
from tests.flow.replayed import replay_backwards
from tests.flow.stacks import Flow, running
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow(200), pytest.mark.timeout(300)]

PATIENCE = 120.0  # seconds in which a busy machine starts again what was killed
NATS_AWAY = 20.0  # seconds, as the requirement names them
OWNED = {"registry": "post", "assessment": "assessment", "planning": "plan", "evaluation": "plan"}
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


async def test_services_killed_while_people_are_merged_parted_and_erased(flow: Flow):
    """All four at once, in the middle of each step: afterwards everyone has the same end, and once."""
    dead = (await flow.api.get("/v1/flow", who="ops"))["dead_letters"]
    cycle = await rate_everybody(flow, "two that are one", _nothing)
    await rounds.settled(flow.api, dead_letters=dead)
    both = (
        "select distinct person_id from assessment where state = 'completed' and cycle_id = $1::uuid limit 2"
    )
    whole, part = await flow.ids("assessment", both, cycle)
    before = await wait_for(partial(all_own, flow, whole, part))
    at = f"/v1/people/{whole}"
    for act, moved in (("merge", True), ("unmerge", False), ("merge", True)):
        ask = flow.api.call(
            "POST", f"{at}/{act}", json={"merged_id": part}, headers={"If-Match": "*"}, who="hris"
        )
        await asyncio.gather(ask, *(kill(flow, service) for service in before))
        await rounds.settled(flow.api, dead_letters=dead)
        expected = {
            name: {whole: each[whole] + each[part], part: 0} if moved else each
            for name, each in before.items()
        }
        await wait_for(partial(owns, flow, expected), timeout=PATIENCE)
    await flow.every_event_arrived_once(dead_letters=dead)
    await flow.api.call("DELETE", at, headers={"If-Match": "*"}, who="hris")
    asked = await flow.api.post(f"{at}/erase", who="hris")
    confirmed = flow.api.post(f"/v1/erasures/{asked['erasure_id']}/confirm")
    await asyncio.gather(confirmed, *(kill(flow, service) for service in before))
    await rounds.settled(flow.api, dead_letters=dead)
    await wait_for(partial(owns, flow, {name: {whole: 0, part: 0} for name in before}), timeout=PATIENCE)
    for service in before:
        found = "select person_id from erased_person where person_id::text = any($1::text[]) order by 1"
        assert await flow.ids(service, found, [whole, part]) == sorted([whole, part]), service
        left = "select count(*) from person where person_id::text = any($1::text[])"
        assert await flow.ids(service, left, [whole, part]) == ["0"], service


async def owned(flow: Flow, *people: str) -> dict[str, dict[str, int]]:
    """How many posts, assessments or plans each has, by service."""
    found: dict[str, dict[str, int]] = {}
    for service, table in OWNED.items():
        theirs = f"select person_id::text, count(*) from {table} where person_id::text = any($1::text[])"
        rows = await flow.rows(service, f"{theirs} group by 1", people)
        found[service] = dict.fromkeys(people, 0) | {row[0]: row[1] for row in rows}
    return found


async def all_own(flow: Flow, *people: str) -> dict[str, dict[str, int]] | None:
    """As `owned`, once everybody has something in each service."""
    found = await owned(flow, *people)
    return found if all(all(each.values()) for each in found.values()) else None


async def owns(flow: Flow, expected: dict[str, dict[str, int]]) -> bool:
    """Whether it is as expected."""
    return await owned(flow, *next(iter(expected.values()))) == expected


async def _nothing() -> None:
    return None
