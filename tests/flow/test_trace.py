"""One rating, one trace: what an OTLP receiver gets of it over HTTP, SQL and messaging."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import aiohttp
import pytest
import pytest_asyncio
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from oteltap import OtelTapHttpProtobufReceiver, OtelTapHttpProtobufReceiverSettings

from deploy.demo import rating, rounds, timeline
from deploy.demo.rounds import Round
from deploy.local.processes import free_port
from deploy.services import owners
from tests.docs.spans import SPANS
from tests.flow import unsampled
from tests.flow.received import Received, attribute
from tests.flow.stacks import Flow, running
from tests.servers import wait_for

pytestmark = [pytest.mark.slow(15), pytest.mark.timeout(180)]

SECRET = "Ann-Example"  # what a caller may write anywhere
COMPLETED = "steward.assessment.completed.v1"
PROPOSED = "steward.planning.plan-proposed.v1"
CONSUMERS = {
    f"process {COMPLETED}": {
        "assessment-assessment-completed-v1",
        "planning-assessment-completed-v1",
        "evaluation-assessment-completed-v1",
    },
    f"process {PROPOSED}": {"evaluation-planning-plan-proposed-v1"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack() -> AsyncIterator[tuple[Flow, Received]]:
    """A running stack and all spans that it sends."""
    port = free_port()
    async with OtelTapHttpProtobufReceiver(OtelTapHttpProtobufReceiverSettings(http_port=port)) as receiver:
        received = Received(receiver)
        collecting = asyncio.create_task(received.collect())
        async with running(f"http://127.0.0.1:{port}") as flow:
            yield flow, received
        collecting.cancel()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trace(stack: tuple[Flow, Received]) -> tuple[str, Callable[[], list[Span]]]:
    """The spans of the answer that completed an assessment, by `spans()`."""
    flow, received = stack
    run = flow.run
    day = await timeline.today(run.api)
    run.singles = rating._one_team(run)
    unit = run.singles[0].unit_code
    cycle = await rounds.open_cycle(run.api, run.country, day, day, unit=unit)
    await rating._one_by_one(run, cycle["cycle_id"], Round("trace", run.ability, run.competency_of))
    return run.trace_id, lambda: received.of(run.trace_id)


async def arrived(spans: Callable[[], list[Span]]) -> list[Span]:
    def complete() -> bool:
        seen: dict[str, set[str]] = {}
        for span in spans():
            seen.setdefault(span.name, set()).add(attribute(span, "messaging.consumer.group.name"))
        consumed = all(names <= seen.get(name, set()) for name, names in CONSUMERS.items())
        # Each process sends on its own beat: the consumers' spans may be here before the gateway's.
        return consumed and sum(span.kind == Span.SPAN_KIND_SERVER for span in spans()) >= 2

    await wait_for(complete, timeout=30)
    return spans()


async def test_a_rating_is_one_trace_over_gateway_assessment_planning_and_evaluation(trace):
    _, spans = trace
    found = await arrived(spans)
    servers = [span for span in found if span.kind == Span.SPAN_KIND_SERVER]
    assert len(servers) == 2, [span.name for span in servers]  # the gateway's and assessment's
    assert {span.parent_span_id for span in servers} & {span.span_id for span in servers}
    statements = [
        span
        for span in found
        if "postgresql" in {attribute(span, "db.system"), attribute(span, "db.system.name")}
    ]
    assert statements
    published = {span.name for span in found if span.kind == Span.SPAN_KIND_PRODUCER}
    assert {f"publish {COMPLETED}", f"publish {PROPOSED}"} <= published


async def test_every_span_hangs_from_another_one(trace):
    _, spans = trace
    found = await arrived(spans)
    await wait_for(lambda: _orphans(spans()) == {_remote_parent(found)}, timeout=10)


def _orphans(found: list[Span]) -> set[bytes]:
    known = {span.span_id for span in found}
    return {span.parent_span_id for span in found if span.parent_span_id not in known}


def _remote_parent(found: list[Span]) -> bytes:
    """The caller's own span, which it did not send: the parent of the first server span."""
    return min(found, key=lambda span: span.start_time_unix_nano).parent_span_id


async def test_spans_carry_no_names_ratings_or_sign_ins(trace):
    _, spans = trace
    for span in await arrived(spans):
        said = str(span)
        assert "family_name" not in said
        assert "Bearer" not in said
        for item in span.attributes:
            assert item.key not in {"db.statement.parameters", "http.request.body"}


async def test_no_span_log_or_metric_names_a_person_a_plan_or_an_assessment(stack, trace):
    flow, received = stack
    await arrived(trace[1])
    [person] = await flow.ids("registry", "select person_id from person limit 1")
    [plan] = await flow.ids("planning", "select plan_id from plan limit 1")
    [rated] = await flow.ids("assessment", "select assessment_id from assessment limit 1")
    paths = (f"people/{person}", f"people/{person}/profile", f"plans/{plan}", f"assessments/{rated}")
    metrics = [f"{flow.stack.url(name)}/metrics" for name in (*owners(), "metrics")]
    token = {"Authorization": f"Bearer {flow.stack.token('programme-manager', units=('MD',))}"}
    said = []
    async with aiohttp.ClientSession() as client:
        for path in paths:
            async with client.get(f"{flow.stack.gateway_url}/v1/{path}", headers=token) as answer:
                await answer.read()
        for url in metrics:
            async with client.get(url) as answer:
                assert answer.status == 200, url
                said.append(await answer.text())
    await wait_for(lambda: [span for span in received.spans if "{assessment_id}" in span.name], timeout=30)
    said += [str(span) for span in received.spans]
    said += [log.read_text() for log in flow.stack.folder.glob("logs/*.log")]
    for one in (person, plan, rated):
        assert not [text[:300] for text in said if one in text]


async def test_events_are_found_by_their_id(trace):
    _, spans = trace
    found = await arrived(spans)
    sent = {attribute(span, "steward.event_id") for span in found if span.name == f"publish {COMPLETED}"}
    heard = {attribute(span, "steward.event_id") for span in found if span.name == f"process {COMPLETED}"}
    assert len(sent) == 1
    assert sent == heard
    assert {attribute(span, "steward.instance") for span in found if span.name.startswith("process")} == {
        "north"
    }


async def test_a_flow_that_is_not_sampled_is_recorded_only_when_it_fails_or_is_slow(stack):
    """Whole, from the gateway to the last consumer, but without statements."""
    flow, received = stack
    ordinary = await unsampled.ordinary(flow)
    failing, slow = await unsampled.failing(flow), await unsampled.slow(flow)
    await wait_for(lambda: all(unsampled.whole(received.of(each)) for each in (failing, slow)), timeout=30)
    assert [span.name for span in received.of(failing) if span.status.code == Status.STATUS_CODE_ERROR]
    assert not [span.name for span in received.of(slow) if span.status.code == Status.STATUS_CODE_ERROR]
    for trace_id in (failing, slow):
        kinds = {span.kind for span in received.of(trace_id)}
        assert kinds == {Span.SPAN_KIND_SERVER, Span.SPAN_KIND_PRODUCER, Span.SPAN_KIND_CONSUMER}
    assert received.of(ordinary) == []


async def _elsewhere(flow: Flow) -> None:
    """What the main loop does not do: a path of nobody, a whole snapshot, a service that is away."""
    await unsampled.refused(flow)
    await unsampled.given_up(flow)
    async with aiohttp.ClientSession() as client:
        await client.get(
            f"{flow.stack.url('registry')}/{SECRET}?name={SECRET}", headers={"user-agent": SECRET}
        )
        await client.get(f"{flow.stack.gateway_url}/v1/people/{SECRET}?name={SECRET}")
        token = {"Authorization": f"Bearer {flow.stack.token('service')}"}
        async with client.get(
            f"{flow.stack.url('registry')}/internal/snapshot/units", headers=token
        ) as answer:
            assert answer.status == 200
            await answer.read()
        await flow.run.api.get("/v1/units/MD")
        await asyncio.to_thread(flow.stack.services["evaluation"].stop)
        operator = {"Authorization": f"Bearer {flow.stack.token('ops', units=('MD',))}"}
        async with client.get(f"{flow.stack.gateway_url}/v1/indicators", headers=operator) as answer:
            assert answer.status == 503


async def test_published_figures_are_in_the_trace_of_the_round_that_told_them(stack, trace):
    """It is what a figure at a hub leads to: the event's own trace, with when and how it was made."""
    flow, received = stack
    await arrived(trace[1])
    await rounds.settled(flow.run.api)
    await timeline.next_release(flow.run.api)

    def told() -> list[str]:
        (round_, *_) = [span for span in received.spans if span.name == "tell rollups"] or [None]
        if round_ is None:
            return []
        return [span.name for span in received.spans if span.parent_span_id == round_.span_id]

    published = "publish steward.assessment.rollups-published.v1"
    await wait_for(lambda: {published, "insert"} <= {name.lower() for name in told()}, timeout=30)


async def test_what_is_sent_is_what_is_documented(stack, trace):
    flow, received = stack
    await arrived(trace[1])
    await _elsewhere(flow)

    def compared() -> list[str]:
        seen: dict[tuple[str, str], set[str]] = {}
        unknown = set()
        for span in received.spans:
            kind = Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower()
            key = next((key for key in SPANS if key[1] == kind and re.fullmatch(key[0], span.name)), None)
            keys = {item.key for item in span.attributes}
            if key is None:
                unknown.add(f"{kind} {span.name}")
            else:
                unknown |= {f"{span.name}: {name}" for name in keys - SPANS[key]}
                seen.setdefault(key, set()).update(keys)
        missing = [
            f"{key}: {name}" for key in SPANS for name in {""} | SPANS[key] if name not in _of(seen, key)
        ]
        return [f"not documented: {item}" for item in sorted(unknown)] + [f"not sent: {m}" for m in missing]

    with suppress(TimeoutError, AssertionError):  # whose message says less
        await wait_for(lambda: not compared(), timeout=20)
    assert compared() == []
    assert not [span.name for span in received.spans if SECRET in str(span)]


def _of(seen: dict[tuple[str, str], set[str]], key: tuple[str, str]) -> set[str]:
    return seen[key] | {""} if key in seen else set()
