"""Follow-ups on the movable clock: dated from the latest completion, due at 30, 90 and 180 days."""

from datetime import date, timedelta

import pytest

from shared import clock as domain_clock
from shared.events.planning import ActivityCompleted
from tests.planning.builders import ident
from tests.planning.plans.test_plans import agreed, of_plan, path
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def follow_ups(world, plan):
    params = {"plan": plan["plan_id"]}
    items = (await world.manager.get("/v1/follow-ups", params=params)).json["items"]
    return sorted(items, key=lambda item: item["days"])


async def test_they_are_found_by_their_days(world):
    plan = await agreed(world, "t6", "p6")
    await complete(world, plan, 0)
    params = {"plan": plan["plan_id"], "days": 90}

    async def found():
        items = (await world.manager.get("/v1/follow-ups", params=params)).json["items"]
        return [item["days"] for item in items] == [90]

    await wait_for(found)
    for who, count in ((plan["person_id"], 1), (ident("p7"), 0)):
        listed = await world.manager.get("/v1/follow-ups", params=params | {"person": who})
        assert len(listed.json["items"]) == count
    refused = await world.manager.get("/v1/follow-ups", params=params | {"days": 31})
    assert (refused.status, refused.json["errors"][0]["pointer"]) == (422, "/query/days")


async def due(world, plan):
    """The days of those that are due."""
    return [item["days"] for item in await follow_ups(world, plan) if item["state"] == "due"]


async def complete(world, plan, place, hours=4):
    at = path(plan, f"/activities/{plan['activities'][place]['activity_id']}")
    assert (await world.manager.post(f"{at}/start")).status == 200
    assert (await world.manager.post(f"{at}/complete", json={"hours": hours})).status == 200


def dated_from(day: date):
    return [(day + timedelta(days=days)).isoformat() for days in (30, 90, 180)]


async def dated(world, plan, day):
    async def moved():
        return [item["due_on"] for item in await follow_ups(world, plan)] == dated_from(day)

    await wait_for(moved)


def completion(plan, day: date) -> ActivityCompleted:
    """An earlier completion of the plan, told late."""
    item = plan["activities"][0]
    return ActivityCompleted(
        activity_id=item["activity_id"],
        plan_id=plan["plan_id"],
        person_id=plan["person_id"],
        post_id=plan["post_id"],
        unit_code=plan["unit_code"],
        level=plan["level"],
        intervention_code=item["intervention_code"],
        approach=item["approach"],
        delivery=item["delivery"],
        competencies=item["competencies"],
        hours=4,
        due_on=day,
        completed_at=f"{day}T12:00:00Z",
    )


async def test_a_later_completion_moves_what_is_pending_and_an_earlier_one_does_not(world, clock):
    plan = await agreed(world, "t0", "p0")
    began = domain_clock.today()
    await complete(world, plan, 0)
    await dated(world, plan, began)
    clock.forward(days=10)
    await complete(world, plan, 1)
    await dated(world, plan, began + timedelta(days=10))
    versions = [item["version"] for item in await follow_ups(world, plan)]
    await world.publish(completion(plan, began + timedelta(days=4)))
    await world.publish(completion(plan, began + timedelta(days=12)))
    await dated(world, plan, began + timedelta(days=12))
    assert [item["version"] for item in await follow_ups(world, plan)] == [v + 1 for v in versions]


async def test_each_falls_due_on_its_day_and_is_published_once(world, clock):
    plan = await agreed(world, "t1", "p1")
    began = domain_clock.today()
    await complete(world, plan, 0)
    await dated(world, plan, began)
    for number, step in enumerate((30, 60, 90), start=1):
        clock.forward(days=step - 1)
        assert await due(world, plan) == [30, 90, 180][: number - 1]
        clock.forward(days=1)

        async def fell_due(number=number):
            return await due(world, plan) == [30, 90, 180][:number]

        await wait_for(fell_due)
        assert len(await of_plan(world, "follow-up-due", plan)) == number
    sent = [event["data"] for event in await of_plan(world, "follow-up-due", plan)]
    sent.sort(key=lambda data: data["days"])
    assert [data["days"] for data in sent] == [30, 90, 180]
    assert [data["due_on"] for data in sent] == dated_from(began)
    assert {data["assessment_id"] for data in sent} == {ident("t1")}
    assert sent[0]["competencies"] == plan["competencies"]
    found = await follow_ups(world, plan)
    rating = next(item for item in found if item["days"] == 90)
    answer = f"/v1/follow-ups/{rating['follow_up_id']}/answer"
    assert (await world.manager.post(answer, json={"applied": 4})).code == "follow-up-no-check-in"


async def test_what_is_due_stays_where_it_is_when_more_is_completed(world, clock):
    plan = await agreed(world, "t2", "p2")
    began = domain_clock.today()
    await complete(world, plan, 0)
    await dated(world, plan, began)
    clock.forward(days=35)

    async def check_in():
        return await due(world, plan) == [30]

    await wait_for(check_in)
    await complete(world, plan, 1)
    later = dated_from(began + timedelta(days=35))

    async def moved():
        found = [item["due_on"] for item in await follow_ups(world, plan)]
        return found[1:] == later[1:] and found

    found = await wait_for(moved)
    assert found[0] == dated_from(began)[0]
