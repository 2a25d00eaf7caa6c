"""Evaluation as its callers meet it: events in over NATS, questions and answers over HTTP."""

import os
from collections.abc import AsyncIterator, Callable
from datetime import date
from typing import Any
from uuid import uuid4

import nats
import pytest
import pytest_asyncio
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from deploy.local.nats import ADMIN
from shared import clock
from shared.auth.caller import subject_key
from shared.events import envelope
from shared.events.evaluation import IndicatorComputed
from shared.events.event import Event
from shared.events.planning import FollowUpDue
from tests.conftest import PEPPER
from tests.evaluation import builders as b
from tests.served import Client
from tests.servers import INSTANCE, PASSWORDS, wait_for

WHO = [f"p{number}" for number in range(10)]  # p0 to p6 at F1, p7 to p9 at F2
TREE = b.units(("C", None), ("D1", "C"), ("D2", "C"), ("F1", "D1"), ("F2", "D1"))
ACTIVITY = {"activity_id": b.ident("act-p0")}


@pytest.fixture(scope="module", autouse=True)
def _august() -> Any:
    """Domain time stands still: it is 25 August 2026."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: b.at("2026-08-25"))
        yield


class Broker:
    """Publishes as every service at once."""

    def __init__(self, client: nats.NATS) -> None:
        self.stream = client.jetstream()

    async def say(self, event: Event, version: int = 1, traceparent: str | None = None) -> None:
        identifier = str(uuid4())
        message = envelope.Envelope(
            id=identifier,
            source="/steward/north/test",
            type=type(event).type(),
            subject="aggregate",
            time=clock.now(),
            data=event,
            instance=INSTANCE,
            aggregateversion=version,
            traceparent=traceparent,
        )
        await self.stream.publish(
            event.subject(INSTANCE), envelope.encode(message), headers={"Nats-Msg-Id": identifier}
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(nats_url: str) -> AsyncIterator[Broker]:
    """The broker under its administrator."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    yield Broker(client)
    await client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(serve: Any, broker: Broker, issuer: Any, token: Callable[..., str]) -> Client:
    """The served evaluation with ten people assessed, one of them with a plan carried out."""
    served: Client = (await serve("evaluation")).using(token("programme-manager", units=("C",)))
    await broker.say(TREE)
    states = [
        b.person(who, "F1" if place < 7 else "F2", subject_keys=[subject_key(PEPPER, issuer.name, who)])
        for place, who in enumerate(WHO)
    ]
    await broker.say(b.people(*states))
    course = b.planned("course-p0", "2026-08-20", approach="formal-training")
    activities = (b.planned("act-p0", "2026-08-15"), course, b.planned("open-p0", "2026-09-15"))
    follow_up = {"kind": "follow-up", "plan_id": b.ident("plan-p0"), "follow_up_days": 90}
    risen = list(b.scores(k9=360))
    await broker.say(b.completed("act-p0", "plan-p0", "p0", "2026-08-10"))
    await broker.say(
        b.completed("course-p0", "plan-p0", "p0", "2026-08-12", approach="formal-training", hours=30)
    )
    await broker.say(b.agreed("plan-p0", "a-p0", "p0", "2026-08-01", *activities), 2)
    await broker.say(b.assessed("b-p0", "p0", "2026-08-24", others=risen, scores=risen, **follow_up))
    for who in WHO:
        await broker.say(b.assessed(f"a-{who}", who, "2026-07-20", "F1" if who < "p7" else "F2"))
    for days in (90, 180):
        await broker.say(
            FollowUpDue(
                follow_up_id=b.ident(f"follow-{days}"),
                plan_id=b.ident("plan-p0"),
                assessment_id=b.ident("a-p0"),
                person_id=b.ident("p0"),
                post_id=b.ident("post-p0"),
                unit_code="F1",
                days=days,
                due_on=date(2026, 8, 20),
                competencies=["QM"],
            )
        )

    async def settled() -> bool:
        coverage = await values(served, unit="C", indicator="OP-01", period="2026Q3")
        found = (await served.get(f"/v1/evaluations?plan={b.ident('plan-p0')}")).json
        waiting = {part["code"] for part in found["items"][0]["missing"]} if "items" in found else set()
        return bool(coverage and coverage[0]["numerator"] == 10 and "re-rating-awaited" in waiting)

    await wait_for(settled, timeout=20)
    return served


async def values(client: Client, **params: str) -> list[dict[str, Any]]:
    """Items of the indicator values with these filters."""
    answer = await client.get("/v1/indicator-values", params=params)
    return list(answer.json["items"]) if answer.status == 200 else []


async def test_values_are_divided_once_and_say_as_of_when(client: Client) -> None:
    """Ten of ten covered; one of ten assessed has a plan; 10 of 40 hours were practice, but of one person."""
    (coverage,) = await values(client, unit="C", indicator="OP-01", period="2026Q3")
    assert (coverage["value"], coverage["numerator"], coverage["denominator"]) == (100.0, 10, 10)
    assert (coverage["as_of"], coverage["people"], coverage["suppressed"]) == ("2026-08-25", 10, False)
    (plans,) = await values(client, unit="D1", indicator="OP-04")
    assert (plans["value"], plans["unit"]) == (10.0, "%")
    (blend,) = await values(client, unit="C", indicator="OP-06")
    assert (blend["suppressed"], blend["value"], blend["people"]) == (True, None, None)


async def test_behaviour_is_shown_beside_the_unplanned(client: Client) -> None:
    """One person re-rated: both are hidden, and still told together."""
    (behaviour,) = await values(client, unit="C", indicator="OC-03")
    assert behaviour["beside"]["indicator"] == "OC-03:unplanned"
    assert behaviour["beside"]["suppressed"]
    assert not [item for item in await values(client, unit="C") if ":" in item["indicator"]]


async def test_children_hide_what_could_be_subtracted(client: Client) -> None:
    """Three people at F2 are hidden, and F1 with them: ten less seven are three. Directly too."""
    params = {"unit": "D1", "indicator": "OC-05", "period": "2026Q3"}
    children = (await client.get("/v1/indicator-values/children", params=params)).json["items"]
    assert [(item["unit_code"], item["suppressed"]) for item in children] == [("F1", True), ("F2", True)]
    (alone,) = await values(client, unit="F1", indicator="OC-05", period="2026Q3")
    assert alone["suppressed"]
    (above,) = (await client.get("/v1/indicator-values/children", params=params | {"unit": "C"})).json[
        "items"
    ]
    assert (above["unit_code"], above["denominator"]) == ("D1", 10)


async def test_pages_follow_one_another(client: Client) -> None:
    """One a page gives what all at once give."""
    everything = await values(client, unit="C")
    found: list[Any] = []
    params = {"unit": "C", "limit": "1"}
    while True:
        page = (await client.get("/v1/indicator-values", params=params)).json
        found += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == everything
    assert len(found) > 5


async def test_a_reaction_is_given_once_by_the_participant(client: Client, token: Callable[..., str]) -> None:
    """Not by another person, not before the end, not twice; a repeat under its key is the same answer."""
    mine, other = token("leader", subject="p0"), token("leader", subject="p1")
    body = ACTIVITY | {"relevance": 5, "usefulness": 4}
    refused = await client.post("/v1/reactions", json=body, token=other)
    assert (refused.status, refused.code) == (404, "activity-unknown")
    early = await client.post("/v1/reactions", json=body | {"activity_id": b.ident("open-p0")}, token=mine)
    assert (early.status, early.code) == (409, "activity-not-completed")
    unread = await client.post("/v1/reactions", json=body | {"relevance": 7, "usefulness": True}, token=mine)
    assert unread.status == 422
    assert {error["pointer"] for error in unread.json["errors"]} == {"/relevance", "/usefulness"}
    given = await client.post("/v1/reactions", json=body, token=mine, key="k1")
    assert (given.status, given.json["relevance"], given.headers["ETag"]) == (201, 5, '"1"')
    again = await client.post("/v1/reactions", json=body, token=mine, key="k1")
    assert (again.status, again.json) == (201, given.json)
    twice = await client.post("/v1/reactions", json=body, token=mine, key="k2")
    assert (twice.status, twice.code) == (409, "reaction-already-given")
    assert (await client.get(given.headers["Location"], token=mine)).json == given.json
    assert (await client.get(given.headers["Location"], token=other)).code == "reaction-unknown"
    (score,) = await values(client, unit="C", indicator="OC-01")
    assert score["suppressed"]


async def test_a_test_is_recorded_then_completed(client: Client, token: Callable[..., str]) -> None:
    """Before the course by HRIS, after it by another; a stale ETag is refused, a leader may only read."""
    mine, elsewhere = token("leader", subject="p0"), token("hris", units=("D2",))
    body = {"activity_id": b.ident("course-p0"), "pre_percent": 52.55}
    assert (await client.post("/v1/learning-results", json=body, token=mine)).code == "role-missing"
    assert (await client.post("/v1/learning-results", json=body, token=elsewhere)).code == "activity-unknown"
    empty = await client.post("/v1/learning-results", json={"activity_id": body["activity_id"]})
    assert (empty.status, empty.code) == (422, "no-result")
    wrong = await client.post("/v1/learning-results", json=body | {"post_percent": 100.5})
    assert [error["pointer"] for error in wrong.json["errors"]] == ["/post_percent"]
    made = await client.post("/v1/learning-results", json=body)
    assert (made.status, made.json["pre_percent"], made.json["gain"]) == (201, 52.55, None)
    where = made.headers["Location"]
    assert (await client.post("/v1/learning-results", json=body)).code == "learning-result-exists"
    after = {"post_percent": 80}
    assert (await client.patch(where, json=after)).status == 428
    assert (await client.patch(where, json=after, if_match='"9"')).status == 412
    changed = await client.patch(where, json=after, if_match=made.headers["ETag"])
    assert (changed.status, changed.json["gain"], changed.headers["ETag"]) == (200, 27.45, '"2"')
    assert (await client.get(where, token=mine)).json == changed.json
    assert (await client.patch(where, json=after, if_match='"2"', token=mine)).code == "role-missing"


async def test_a_plan_is_told_on_all_levels(client: Client, token: Callable[..., str]) -> None:
    """Its person and the programme see activities, re-rating and what is missing; others see no plan."""
    where = f"/v1/evaluations?plan={b.ident('plan-p0')}"
    (plan,) = (await client.get(where)).json["items"]
    assert [item["activity_id"] for item in plan["reaction"]] == [
        b.ident(name) for name in ("act-p0", "course-p0", "open-p0")
    ]
    (again,) = plan["behaviour"]
    assert again["planned"] == {
        "competencies": [{"competency": "QM", "before": 3.0, "after": 3.6}], "mean_change": 0.6, "rose": True,
    }  # fmt: skip
    assert (again["unplanned"]["mean_change"], again["unplanned"]["rose"]) == (0.0, False)
    assert again["priority_gaps"] == [
        {"competency": "QM", "planned": True, "closed": False},
        {"competency": "HR", "planned": False, "closed": False},
    ]
    codes = [(part["level"], part["code"], part["days"]) for part in plan["missing"]]
    assert (3, "re-rating-awaited", 180) in codes
    assert (5, "measured-per-unit", None) in codes
    assert not [code for code in codes if code[2] == 90]
    assert (await client.get("/v1/evaluations", token=token("leader", subject="p0"))).json["items"] == [plan]
    other = await client.get(where, token=token("leader", subject="p1"))
    assert (other.status, other.code) == (404, "plan-unknown")
    stranger = await client.get("/v1/evaluations", token=token("leader", subject="nobody"))
    assert stranger.code == "person-not-tied"


async def test_behaviour_results_follow_role_and_scope(client: Client, token: Callable[..., str]) -> None:
    """A unit's for the programme, one's own for a leader, nothing outside one's units."""
    (found,) = (await client.get("/v1/behaviour-results?unit=D1&period=2026Q3")).json["items"]
    assert found["person_id"] == b.ident("p0")
    leader = token("leader", subject="p0", units=("C",))
    assert (await client.get("/v1/behaviour-results", token=leader)).json["items"] == [found]
    assert (await client.get("/v1/behaviour-results?unit=D1", token=leader)).code == "role-missing"
    elsewhere = token("programme-manager", units=("D2",))
    assert (await client.get("/v1/behaviour-results?unit=D1", token=elsewhere)).code == "unit-out-of-scope"
    hidden = await client.get(f"/v1/behaviour-results?person={b.ident('p0')}", token=elsewhere)
    assert (hidden.status, hidden.code) == (404, "person-unknown")


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("unit=D1", 403, "unit-out-of-scope"),
        ("unit=X9", 404, "unit-unknown"),
        ("unit=D2&indicator=XX-1", 404, "indicator-unknown"),
        ("unit=D2&indicator=OC-03:unplanned", 404, "indicator-unknown"),
        ("unit=D2&period=2026", 422, "period-malformed"),
        ("unit=D2&cursor=nonsense", 422, "cursor-malformed"),
        ("unit=D2&limit=0", 422, None),
        ("", 422, None),
    ],
)
async def test_bad_questions_get_problems(
    client: Client, token: Callable[..., str], query: str, status: int, code: str | None
) -> None:
    """Outside the units, unknown, unreadable."""
    answer = await client.get(f"/v1/indicator-values?{query}", token=token("leader", units=("D2",)))
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert code is None or answer.code == code


async def test_the_catalogue_is_for_everybody_with_a_token(client: Client, token: Callable[..., str]) -> None:
    """Thirty indicators, nine of them computed; cacheable one by one."""
    leader = token("leader")
    assert (await client.using(None).get("/v1/indicators")).status == 401
    assert len((await client.get("/v1/indicators", token=leader)).json["items"]) == 30
    computed = (await client.get("/v1/indicators?computed=true&limit=5", token=leader)).json
    rest = (await client.get(f"/v1/indicators?computed=true&cursor={computed['next']}", token=leader)).json
    assert [item["code"] for item in computed["items"] + rest["items"]] == [
        "OC-01", "OC-02", "OC-03", "OC-04", "OC-05", "OP-01", "OP-04", "OP-05", "OP-06",
    ]  # fmt: skip
    one = await client.get("/v1/indicators/OP-01", token=leader)
    assert one.json["window_months"] == 24
    unchanged = await client.get(
        "/v1/indicators/OP-01", token=leader, headers={"If-None-Match": one.headers["ETag"]}
    )
    assert unchanged.status == 304
    assert (await client.get("/v1/indicators/XX", token=leader)).code == "indicator-unknown"


async def test_values_are_published_with_small_cells_hidden(client: Client, nats_url: str) -> None:
    """UP carries the country's coverage and none of the figures behind fewer than five people."""
    connection = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    stream = connection.jetstream()
    seen: dict[tuple[str, str], Any] = {}
    versions: dict[tuple[str, str], int] = {}
    decoder = envelope.decoder(IndicatorComputed)
    subscription = await stream.subscribe(IndicatorComputed.subject(INSTANCE), ordered_consumer=True)

    async def country() -> bool:
        try:
            message = await subscription.next_msg(timeout=0.5)
        except TimeoutError:
            return ("OP-01", "C") in seen and seen["OP-01", "C"].denominator == 10000
        for item in decoder.decode(message.data).data.items:
            cell = (item.indicator + item.period, item.unit_code)
            assert versions.get(cell, 0) < item.version
            versions[cell] = item.version
            if item.period == "2026Q3":
                seen[item.indicator, item.unit_code] = item
        return False

    await wait_for(country, timeout=20)
    await connection.close()
    coverage = seen["OP-01", "C"]
    assert (coverage.numerator, coverage.suppressed, coverage.as_of) == (10000, False, date(2026, 8, 25))
    for cell in (("OP-01", "F1"), ("OP-01", "F2"), ("OP-06", "C"), ("OC-03", "C")):
        assert seen[cell].suppressed
        assert seen[cell].numerator is None


async def test_openapi_shows_examples(client: Client) -> None:
    """Every request body has an example."""
    document = (await client.get("/openapi.json")).json
    assert document["openapi"].startswith("3.1")
    for name in ("ReactionGiven", "TestRecorded", "TestChanged", "IndicatorValue", "BehaviourResult"):
        assert document["components"]["schemas"][name]["examples"], name


async def test_the_trace_of_an_event_continues(client: Client, broker: Broker) -> None:
    """The consumer's span belongs to the trace that the event names."""
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_id = os.urandom(16).hex()
    event = b.assessed("c-p9", "p9", "2026-08-20", "F2")
    await broker.say(event, traceparent=f"00-{trace_id}-{os.urandom(8).hex()}-01")

    def spans() -> list[str]:
        return [
            span.name for span in exporter.get_finished_spans() if f"{span.context.trace_id:032x}" == trace_id
        ]

    await wait_for(lambda: any("steward.assessment.completed.v1" in name for name in spans()))
