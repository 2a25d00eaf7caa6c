"""Plans beside the main way: cancelled activities, nothing to plan, other limits, closing, who may see."""

from datetime import date

import pytest

from shared.events.framework import COMPETENCIES
from shared.events.registry import PeopleChanged
from tests.planning.builders import assessed, ident, person
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

TIGHT = {"days_away": 0, "cost": 150, "activities": 1, "horizon_days": 30}


def path(plan, step=""):
    return f"/v1/plans/{plan['plan_id']}{step}"


def tag(plan):
    return f'"{plan["version"]}"'


async def agreed(world, name, who, **changes):
    plan = await world.proposed(name, who, **changes)
    answer = await world.manager.post(path(plan, "/agree"), if_match=tag(plan))
    assert answer.status == 200
    return answer.json


async def of_plan(world, fact, plan):
    sent = [e for e in await world.outbox(fact) if e["data"]["plan_id"] == plan["plan_id"]]
    assert all(event["subject"] == plan["plan_id"] for event in sent)
    return sorted(sent, key=lambda event: event["aggregateversion"])


async def test_a_cancelled_activity_leaves_what_is_agreed(world):
    plan = await agreed(world, "c0", "p0")
    first, *rest = plan["activities"]
    changed = await world.manager.post(path(plan, f"/activities/{first['activity_id']}/cancel"))
    before, after = await of_plan(world, "plan-agreed", plan)
    listed = [[item["activity_id"] for item in event["data"]["activities"]] for event in (before, after)]
    assert listed == [[a["activity_id"] for a in plan["activities"]], [a["activity_id"] for a in rest]]
    assert after["aggregateversion"] == changed.json["version"] > before["aggregateversion"]
    assert after["data"]["agreed_at"] == before["data"]["agreed_at"]
    for item in rest:
        changed = await world.manager.post(path(plan, f"/activities/{item['activity_id']}/cancel"))
    assert (changed.json["state"], changed.json["outcome"]) == ("closed", "abandoned")
    last = (await of_plan(world, "plan-agreed", plan))[-1]
    (closed,) = await of_plan(world, "plan-closed", plan)
    assert last["data"]["activities"] == []
    assert closed["aggregateversion"] == changed.json["version"] > last["aggregateversion"]


async def test_a_rearranged_proposal_is_told_as_it_is_now(world):
    plan = await world.proposed("c1", "p0")
    wishes = [
        {"activity_id": plan["activities"][1]["activity_id"], "due_on": "2999-01-02"},
        {"activity_id": plan["activities"][0]["activity_id"], "due_on": "2999-01-01"},
    ]
    answer = await world.manager.patch(path(plan), json={"activities": wishes}, if_match=tag(plan))
    before, after = await of_plan(world, "plan-proposed", plan)
    assert [
        {"activity_id": item["activity_id"], "due_on": item["due_on"]} for item in after["data"]["activities"]
    ] == wishes
    assert after["aggregateversion"] == answer.json["version"] > before["aggregateversion"]
    assert after["data"]["proposed_at"] == before["data"]["proposed_at"]


async def test_without_a_gap_the_plan_is_closed_at_once(world):
    plan = await world.proposed("g0", "p1", priorities=[])
    assert (plan["state"], plan["outcome"], plan["activities"]) == ("closed", "no-gap", [])
    assert plan["closed_at"] == plan["proposed_at"]
    (first,) = await of_plan(world, "plan-proposed", plan)
    (closed,) = await of_plan(world, "plan-closed", plan)
    assert (first["aggregateversion"], closed["aggregateversion"], plan["version"]) == (1, 2, 2)
    assert closed["data"]["outcome"] == "no-gap"
    refused = await world.manager.post(path(plan, "/agree"), if_match=tag(plan))
    assert refused.code == "plan-not-proposed"
    assert await of_plan(world, "plan-agreed", plan) == []


async def test_a_new_assessment_without_a_gap_supersedes_what_was_only_proposed(world):
    old = await world.proposed("g1", "p1", day="2026-11-02")
    await world.proposed("g2", "p1", day="2026-11-03", priorities=[])
    outcomes = {plan["assessment_id"]: plan["outcome"] for plan in await world.plans("p1")}
    assert outcomes[old["assessment_id"]] == "superseded"
    assert outcomes[ident("g2")] == "no-gap"


async def test_a_plan_without_activities_cannot_be_agreed(world):
    plan = await world.proposed("e0", "p2")
    empty = await world.manager.patch(path(plan), json={"activities": []}, if_match=tag(plan))
    refused = await world.manager.post(path(plan, "/agree"), if_match=tag(empty.json))
    assert (refused.status, refused.code) == (409, "plan-empty")
    assert (await world.manager.get(path(plan))).json["state"] == "proposed"


async def test_propose_again_under_other_limits(world):
    plan = await world.proposed("l0", "p3")
    again = path(plan, "/propose-again")
    assert (await world.leader("p3").post(again, json=TIGHT, if_match=tag(plan))).status == 403
    assert (await world.manager.post(again, json=TIGHT)).code == "if-match-required"
    assert (await world.manager.post(again, json=TIGHT, if_match='"9"')).code == "stale-etag"
    for wrong in ({}, {**TIGHT, "cost": -1}, {**TIGHT, "more": 1}):
        assert (await world.manager.post(again, json=wrong, if_match=tag(plan))).status == 422
    tight = (await world.manager.post(again, json=TIGHT, if_match=tag(plan))).json
    assert tight["limits"] == TIGHT
    assert len(tight["activities"]) == 1 < len(plan["activities"])
    assert "limit-activities" in tight["left_out"][0]["codes"]
    assert (await world.manager.get(path(plan))).json == tight
    wide = (await world.manager.post(again, json=plan["limits"], if_match=tag(tight))).json
    same = [[item["intervention_code"] for item in one["activities"]] for one in (plan, wide)]
    assert same[0] == same[1]
    assert wide["left_out"] == plan["left_out"]
    sent = await of_plan(world, "plan-proposed", plan)
    assert [event["aggregateversion"] for event in sent] == [1, 2, 3]
    assert sent[-1]["data"]["proposed_at"] == sent[0]["data"]["proposed_at"]
    await world.manager.post(path(plan, "/agree"), if_match=tag(wide))
    late = await world.manager.post(again, json=TIGHT, if_match='"4"')
    assert late.code == "plan-not-proposed"


async def test_an_agreed_or_active_plan_stays_beside_a_new_one(world):
    held = await agreed(world, "b0", "p4", day="2026-11-01")
    newer = await world.proposed("b1", "p4", day="2026-11-02")
    running = await agreed(world, "b2", "p5", day="2026-11-01")
    first = running["activities"][0]["activity_id"]
    await world.manager.post(path(running, f"/activities/{first}/start"))
    await world.proposed("b3", "p5", day="2026-11-02")
    states = {plan["plan_id"]: plan["state"] for plan in await world.plans("p4")}
    assert states == {held["plan_id"]: "agreed", newer["plan_id"]: "proposed"}
    assert sorted(plan["state"] for plan in await world.plans("p5")) == ["active", "proposed"]


async def test_closing_by_hand(world):
    plan = await agreed(world, "h0", "p6")
    close = path(plan, "/close")
    assert (await world.manager.post(close, json={"outcome": "abandoned"})).code == "if-match-required"
    for wrong in ("no-gap", "superseded", ""):
        assert (await world.manager.post(close, json={"outcome": wrong}, if_match=tag(plan))).status == 422
    closed = await world.leader("p6").post(close, json={"outcome": "abandoned"}, if_match=tag(plan))
    assert (closed.json["state"], closed.json["outcome"]) == ("closed", "abandoned")
    (event,) = await of_plan(world, "plan-closed", plan)
    assert event["data"]["outcome"] == "abandoned"
    again = await world.manager.post(close, json={"outcome": "completed"}, if_match=tag(closed.json))
    assert again.code == "plan-closed"
    first = plan["activities"][0]["activity_id"]
    assert (await world.manager.post(path(plan, f"/activities/{first}/start"))).code == "plan-closed"


async def test_list_and_single_plan_show_the_same_after_a_move(world):
    """A plan goes with its person to another unit: old overseers see neither, new ones both."""
    plan = await world.proposed("m0", "p7")
    south = world.client.using(world.token("programme-manager", units=("S",), subject="sm"))

    async def counted():
        return sum((await world.manager.get("/v1/plans/counts?unit=N")).json["plans"].values())

    async def seen(client):
        listed = (await client.get("/v1/plans", params={"person": ident("p7")})).json["items"]
        single = (await client.get(path(plan))).status
        return bool(listed), single == 200

    both, neither = (True, True), (False, False)
    assert (await seen(world.manager), await seen(south)) == (both, neither)
    before = await counted()
    moved = person("p7", "p7-key", unit="S", version=2)
    await world.publish(PeopleChanged(items=[moved]))

    async def arrived():
        return await seen(south) == both

    await wait_for(arrived)
    assert await seen(world.manager) == neither
    assert await seen(world.leader("boss")) == neither
    assert await counted() == before - 1  # less the plans that are listed it would stand alone


async def test_a_cycle_assessment_alone_is_planned(world):
    await world.publish(assessed("f0", "p2", kind="follow-up", plan_id=ident("x"), follow_up_days=90))
    await world.proposed("f1", "p2", day=date(2026, 11, 5).isoformat())
    assert ident("f0") not in {plan["assessment_id"] for plan in await world.plans("p2")}


async def test_an_assessment_that_measured_nothing_proposes_nothing_and_supersedes_nothing(world):
    plan = await world.proposed("x0", "p6", day="2028-11-02")
    nothing: list[None] = [None] * 11
    await world.publish(
        assessed("x1", "p6", day="2028-11-03", scores=nothing, others=nothing, gaps=nothing, priorities=[])
    )
    await world.proposed("x2", "p5", day="2028-11-02")  # comes after it in the same stream
    now = {item["assessment_id"]: item["state"] for item in await world.plans("p6")}
    assert now[plan["assessment_id"]] == "proposed"
    assert ident("x1") not in now


async def test_a_gap_that_rests_on_the_self_score_alone_is_marked_in_the_plan(world):
    marks = [code == "HR" for code in COMPETENCIES]
    plan = await world.proposed("z0", "p3", day="2028-11-02", unverified=marks)
    assert {gap["competency"]: gap["unverified"] for gap in plan["gaps"]} == {"QM": False, "HR": True}
    again = await world.manager.post(path(plan, "/propose-again"), json=TIGHT, if_match=tag(plan))
    assert again.json["gaps"] == plan["gaps"]


async def test_what_an_assessment_did_not_measure_is_named_and_its_earlier_plan_goes_on(world):
    plan = await world.proposed("y0", "p4", day="2028-11-02")
    assert (plan["competencies"], plan["not_measured"]) == (["QM", "HR"], [])
    only_planning = [400 if code == "PL" else None for code in COMPETENCIES]
    later = await world.proposed("y1", "p4", day="2028-11-03", scores=only_planning, priorities=[])
    assert later["outcome"] == "no-gap"
    assert later["not_measured"] == [code for code in COMPETENCIES if code != "PL"]
    states = {item["plan_id"]: item["state"] for item in await world.plans("p4")}
    assert states[plan["plan_id"]] == "proposed"
    await world.proposed("y2", "p4", day="2028-11-04", priorities=[])
    outcomes = {item["plan_id"]: item["outcome"] for item in await world.plans("p4")}
    assert outcomes[plan["plan_id"]] == "superseded"
