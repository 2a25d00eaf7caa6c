"""Relay, consumers with their real handlers, and how soon a figure follows a submit."""

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import aiohttp
import nats
import orjson

from deploy.broker.server_settings import ADMIN
from shared import periods
from shared.events import envelope
from shared.events.assessment import AssessmentCompleted, CycleOpened, Priority
from tests.bench.place import BASE_UNITS, Place, request_id
from tests.bench.report import Figure, middle, percentile
from tests.bench.submitting import BLOCK, BODY
from tests.servers import wait_for

WINDOW = 1000
_OUTBOX = """
insert into outbox (event_id, aggregate_id, subject, payload)
select gen_random_uuid(), 'bench-' || g % 1000, $1, $2 from generate_series(1, $3) g
"""
_SPAN = """
select count(sent_at), extract(epoch from max(sent_at) - min(sent_at))::float from outbox
where aggregate_id like 'bench-%'
"""
_HEARD = """
select count(*), extract(epoch from max(received_at) - min(received_at))::float from inbox
where consumer = $1 and received_at > $2
"""
_LAG = """
select extract(epoch from i.received_at - o.created_at)::float * 1000 from inbox i join outbox o using (event_id)
where i.consumer = 'assessment-assessment-completed-v1' and o.created_at > $1
"""


async def measure(place: Place) -> list[Figure]:
    """Everything about events."""
    return [await _relay(place), *await _freshness(place), *await _consumers(place)]


async def _relay(place: Place) -> Figure:
    """Draining a backlog against a bare publish_async loop of the same payloads."""
    count = place.size(20_000, 2_000)
    subject = CycleOpened.subject(place.stack.settings.instance)  # nobody consumes it
    payload = orjson.dumps({"padding": "x" * 1200})
    client = await nats.connect(
        place.stack.nats.url, user="assessment", password=place.stack.secrets["assessment"],
        inbox_prefix=b"_INBOX_assessment",
    )  # fmt: skip
    jetstream = client.jetstream(publish_async_max_pending=WINDOW)
    began = time.perf_counter()
    futures = [
        await jetstream.publish_async(subject, payload, headers={"Nats-Msg-Id": str(uuid4())})
        for _ in range(count)
    ]
    await asyncio.gather(*futures)
    bare = count / (time.perf_counter() - began)
    await client.close()
    async with place.connect("assessment") as connection:
        await connection.execute(_OUTBOX, subject, payload, count)

        async def sent() -> bool:
            return bool((await connection.fetchrow(_SPAN))[0] == count)

        await wait_for(sent, timeout=120, every=0.2)
        seconds = (await connection.fetchrow(_SPAN))[1]
    rate = (count - 500) / seconds  # the first batch marks the start
    told = f"{rate:.0f} of {bare:.0f} events/s"
    return Figure("relay drain, share of bare publish_async", rate / bare, "", 0.8, detail=told)


async def _freshness(place: Place) -> list[Figure]:
    """From a submit's answer until the roll-up read over HTTP has it; from commit to handler."""
    count = place.size(100, 15)
    first = 5 * BLOCK
    await place.assessments(first, count + 10, awaited=1)
    issuer, url = place.stack.issuer, place.stack.url("assessment")
    reader = {"Authorization": f"Bearer {issuer.token('programme-manager', units=('C',), subject='bench')}"}
    rater = {"Authorization": f"Bearer {place.rater_tokens()[0]}", "Content-Type": "application/json"}
    read = f"{url}/v1/rollups?unit=C&level=I&period={periods.of(datetime.now(UTC).date())}"
    since, waits = datetime.now(UTC), list[float]()
    async with aiohttp.ClientSession() as client:

        async def people() -> int:
            async with client.get(read, headers=reader) as answer:
                found = orjson.loads(await answer.read())
            return sum(level.get("people") or 0 for level in found.get("levels", [found]))

        async def submit(number: int) -> None:
            path = f"{url}/v1/rater-requests/{request_id(8 * (first + number))}/response"
            async with client.post(path, data=BODY, headers=rater) as answer:
                assert answer.status == 201, await answer.read()

        for number in range(10):  # below five nothing is shown
            await submit(number)
        await wait_for(people, timeout=10)
        known = await _steady(people)
        for number in range(10, count + 10):
            await submit(number)
            began = time.perf_counter()
            while await people() <= known:
                assert time.perf_counter() - began < 10, "the roll-up did not follow"
            waits.append((time.perf_counter() - began) * 1000)
            known += 1
    async with place.connect("assessment") as connection:
        lags = [row[0] for row in await connection.fetch(_LAG, since)]
    told = f"p50 {middle(waits):.0f} ms"
    return [
        Figure(
            "freshness of a roll-up after a submit, p99",
            percentile(waits, 0.99),
            "ms",
            1000,
            at_most=True,
            detail=told,
        ),
        Figure("commit to handler, p99", percentile(lags, 0.99), "ms", detail=f"p50 {middle(lags):.1f} ms"),
    ]


async def _steady(people) -> int:
    """The figure once it stands still."""
    last = -1
    while (found := await people()) != last:
        last = found
        await asyncio.sleep(0.3)
    return int(found)


async def _consumers(place: Place) -> list[Figure]:
    """A backlog of completed assessments through each service's real handler, one service at a time."""
    count = place.size(10_000, 1_000)
    services = ("assessment", "evaluation", "planning")
    for service in services:
        await asyncio.to_thread(place.stack.services[service].stop)
    for service in ("evaluation", "planning"):
        async with place.connect(service) as connection:
            await connection.execute(BASE_UNITS, 1_000)
    since = datetime.now(UTC)
    await _publish(place, count)
    figures = []
    aim = 2 * place.submit_rate
    for service in services:
        await asyncio.to_thread(place.stack.services[service].start)
        durable = f"{service}-assessment-completed-v1"
        async with place.connect(service) as connection:

            async def heard(durable: str = durable) -> bool:
                return bool((await connection.fetchrow(_HEARD, durable, since))[0] >= count)

            await wait_for(heard, timeout=180, every=0.2)
            row = await connection.fetchrow(_HEARD, durable, since)
        assert row is not None
        total, seconds = row
        await asyncio.to_thread(place.stack.services[service].stop)
        rate = (total - 256) / max(seconds, 0.001)
        figures.append(
            Figure(f"consumer of completed at {service}", rate, "/s", aim, detail="aim: twice the submits")
        )
    for service in services:
        await asyncio.to_thread(place.stack.services[service].start)
    return figures


async def _publish(place: Place, count: int) -> None:
    client = await nats.connect(place.stack.nats.url, user=ADMIN, password=place.stack.secrets[ADMIN])
    jetstream = client.jetstream(publish_async_max_pending=WINDOW)
    subject = AssessmentCompleted.subject(place.stack.settings.instance)
    futures = []
    for number in range(count):
        event_id, payload = _completed(place.stack.settings.instance, number)
        futures.append(await jetstream.publish_async(subject, payload, headers={"Nats-Msg-Id": event_id}))
    await asyncio.gather(*futures)
    await client.close()


def _completed(instance: str, number: int) -> tuple[str, bytes]:
    """One completed assessment with six gaps, of a person of its own."""
    now = datetime.now(UTC)
    scores: list[int | None] = [300, 310, 320, 330, 340, 350, 400, 410, 420, 430, 440]
    codes = ("VS", "GV", "CL", "SE", "CO", "PL")
    gaps = [
        Priority(
            competency=code,
            gap=100 - 10 * place,
            weight=1,
            relevance=300,
            prevalence=0,
            priority=100 - 10 * place,
        )
        for place, code in enumerate(codes)
    ]
    data = AssessmentCompleted(
        assessment_id=str(UUID(f"d{number:031x}")), kind="cycle", cycle_id=str(UUID(int=1)), plan_id=None,
        follow_up_days=None, person_id=str(UUID(f"e{number:031x}")), post_id=str(UUID(f"f{number:031x}")),
        unit_code=f"F{number % 1000}", role_code="facility-manager", level="I", framework_code="steward-core",
        framework_version=1, completed_at=now, period=periods.of(now.date()), scores=scores, others=scores,
        self_scores=scores, targets=[400] * 11, weights=[1] * 11, gaps=[max(0, 400 - (s or 0)) for s in scores],
        priorities=gaps, unverified=[False] * 11,
    )  # fmt: skip
    event_id = str(uuid4())
    made = envelope.Envelope(
        id=event_id, source=f"/steward/{instance}/assessment", type=AssessmentCompleted.type(),
        subject=data.assessment_id, time=now, data=data, instance=instance, aggregateversion=1,
    )  # fmt: skip
    return event_id, envelope.encode(made)
