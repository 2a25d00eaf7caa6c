"""Reactions, tests, behaviour and the levels of a plan over HTTP; and the trace of an event."""

import os
from collections.abc import Callable

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from tests.evaluation import builders as b
from tests.evaluation.world import Broker, values
from tests.served import Client
from tests.servers import wait_for

ACTIVITY = {"activity_id": b.ident("act-p0")}


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
    assert (score["value"], score["people"]) == (4.5, 1)  # to who may read that person
    leader = client.using(token("leader", units=("C",)))
    assert await values(leader, unit="C", indicator="OC-01") == []  # never published, so not listed


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
