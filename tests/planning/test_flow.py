"""The service as it runs: an assessment comes in over NATS, its plan is agreed, delivered, followed up."""

from uuid import uuid4

import pytest

from tests.planning.builders import assessed, ident
from tests.planning.world import TRACE
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_catalogue_is_served_and_published_once(world):
    found = await world.leader("p0").get("/v1/interventions", params={"approach": "networking", "limit": 2})
    assert found.status == 200
    assert len(found.json["items"]) == 2
    assert found.json["next"]
    assert len(await world.outbox("catalogue-published")) == 1
    assert (await world.client.using(None).get("/v1/interventions")).status == 401


async def test_plan_is_proposed_once_with_reasons_in_the_same_trace(world):
    event, name = assessed("a0", "p0"), uuid4()
    await world.publish(event, name)
    await world.publish(event, name)
    await world.publish(event)
    await world.proposed("a0-later", "p1")
    (plan,) = await world.plans("p0")
    assert plan["competencies"] == ["QM", "HR"]
    assert plan["warnings"] == []
    assert len({item["approach"] for item in plan["activities"]}) >= 2
    assert all(item["reason"]["text"]["fr"] for item in plan["activities"])
    sent = [e for e in await world.outbox("plan-proposed") if e["data"]["plan_id"] == plan["plan_id"]]
    assert len(sent) == 1
    assert TRACE in sent[0]["traceparent"]


async def test_only_the_newest_proposed_plan_stays_in_any_order(world):
    newer = await world.proposed("n2", "p2", day="2026-11-02")
    await world.proposed("n1", "p2", day="2026-11-01")
    states = {plan["assessment_id"]: plan["outcome"] for plan in await world.plans("p2")}
    assert states == {newer["assessment_id"]: None, ident("n1"): "superseded"}


async def test_who_may_see_and_change_a_plan(world):
    plan = await world.proposed("a3", "p3")
    path = f"/v1/plans/{plan['plan_id']}"
    assert (await world.leader("p3").get(path)).status == 200
    assert (await world.leader("boss").get(path)).status == 200
    for stranger in (world.leader("p4"), world.leader("other"), world.leader("nobody")):
        assert (await stranger.get(path)).code == "plan-unknown"
        assert (await stranger.post(f"{path}/agree", if_match="*")).status == 404
    south = world.client.using(world.token("programme-manager", units=("S",), subject="x"))
    assert (await south.get(path)).status == 404
    assert (await south.get("/v1/plans")).json["items"] == []


async def test_bad_input_is_refused_and_nothing_changes(world):
    plan = await world.proposed("a5", "p5")
    path, tag = f"/v1/plans/{plan['plan_id']}", '"1"'
    first = plan["activities"][0]["activity_id"]
    manager = world.manager
    assert (await manager.post(f"{path}/agree")).code == "if-match-required"
    assert (await manager.post(f"{path}/agree", if_match='"9"')).code == "stale-etag"
    assert (await manager.post(f"{path}/activities/{first}/start")).code == "plan-not-agreed"
    wishes = [
        {"intervention_code": "NO-1", "due_on": "2999-01-01"},
        {"activity_id": first, "due_on": "2001-01-01"},
    ]
    refused = await manager.patch(path, json={"activities": wishes}, if_match=tag)
    pointers = [error["pointer"] for error in refused.json["errors"]]
    assert refused.code == "activities-invalid"
    assert pointers == ["/activities/0/intervention_code", "/activities/1/due_on"]
    for body in ({}, {"activities": "x"}, {"activities": [{}]}, {"activities": [], "more": 1}, [1]):
        assert (await manager.patch(path, json=body, if_match=tag)).status == 422
    assert (await manager.get("/v1/plans/nonsense")).status == 422
    assert (await manager.get("/v1/plans", params={"cursor": "!!"})).status == 422
    assert (await manager.get("/v1/plans", params={"state": "maybe"})).status == 422
    assert (await manager.get(path)).json == plan


async def test_a_plan_from_agreement_to_follow_up(world, clock):
    plan = await world.proposed("a6", "p6")
    path, leader = f"/v1/plans/{plan['plan_id']}", world.leader("p6")
    kept = [{k: item[k] for k in ("activity_id", "due_on")} for item in plan["activities"][:2]]
    changed = await leader.patch(path, json={"activities": kept}, if_match='"1"')
    assert changed.status == 200
    assert len(changed.json["activities"]) == 2
    agreed = await world.leader("boss").post(f"{path}/agree", if_match='"2"', key="k1")
    again = await world.leader("boss").post(f"{path}/agree", if_match='"2"', key="k1")
    assert agreed.status == again.status == 200
    assert agreed.body == again.body
    one, two = (f"{path}/activities/{item['activity_id']}" for item in kept)
    assert (await leader.post(f"{one}/complete", json={"hours": 3})).code == "activity-not-started"
    assert (await leader.post(f"{one}/start")).json["state"] == "active"
    assert (await leader.post(f"{one}/complete", json={"hours": 0})).status == 422
    late = {"hours": 3, "completed_on": "2999-01-01"}
    assert (await leader.post(f"{one}/complete", json=late)).code == "completion-date-invalid"
    assert (await leader.post(f"{one}/complete", json={"hours": 3})).json["state"] == "active"
    assert (await leader.post(f"{two}/cancel")).json["outcome"] == "completed"
    assert (await leader.post(f"{two}/cancel")).code == "plan-closed"

    async def follow_ups(state):
        params = {"plan": plan["plan_id"], "state": state}
        return (await leader.get("/v1/follow-ups", params=params)).json["items"]

    pending = await wait_for(lambda: follow_ups("pending"))
    assert [item["days"] for item in pending] == [30, 90, 180]
    answer = f"/v1/follow-ups/{pending[0]['follow_up_id']}/answer"
    assert (await leader.post(answer, json={"applied": 4})).code == "follow-up-not-due"
    clock.forward(days=31)
    await wait_for(lambda: follow_ups("due"))
    assert (await leader.post(answer, json={"applied": 9})).status == 422
    assert (await world.leader("p7").post(answer, json={"applied": 4})).status == 404
    assert (await leader.post(answer, json={"applied": 4, "obstacle": "time"})).json["state"] == "answered"
    assert (await leader.post(answer, json={"applied": 4})).code == "follow-up-answered"
    sent = [e["data"] for e in await world.outbox("follow-up-due") if e["data"]["plan_id"] == plan["plan_id"]]
    assert [event["days"] for event in sent] == [30]


async def test_limits_of_a_unit_hold_for_new_plans(world):
    limits = {"days_away": 0, "cost": 200, "activities": 2, "horizon_days": 60}
    assert (await world.leader("p7").put("/v1/plan-limits/N", json=limits)).status == 403
    assert (await world.manager.put("/v1/plan-limits/S", json=limits)).code == "unit-out-of-scope"
    assert (await world.manager.put("/v1/plan-limits/N", json=limits)).status == 200
    assert (await world.manager.put("/v1/plan-limits/N", json=limits)).code == "if-match-required"
    plan = await world.proposed("a7", "p7")
    assert plan["limits"] == limits
    assert len(plan["activities"]) <= 2
    assert sum(item["days_away"] for item in plan["activities"]) == 0
    assert plan["left_out"]
