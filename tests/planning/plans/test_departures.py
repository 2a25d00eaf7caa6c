"""People who leave, told by registry's event: their plans end, nobody is asked again, and nothing is reopened."""

from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from msgspec.structs import replace

from services.planning.plan_totals.commands.plan_facts import facts
from services.planning.plans.commands import departures
from shared import clock as domain_clock
from shared.events.registry import PeopleChanged
from tests.planning.builders import assessed, ident, person
from tests.planning.follow_ups.test_follow_ups import complete, dated, due, follow_ups
from tests.planning.plans.test_plans import agreed, of_plan, path, tag
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


def leaver(who, version=2, *, days_ago=1, active=False):
    """Somebody whose post ended so many days ago."""
    known = person(who, f"key of {who}", "boss", version=version)
    ended = replace(known.posts[0], valid_to=domain_clock.today() - timedelta(days=days_ago))
    return replace(known, active=active, posts=[ended])


async def tell(world, state):
    """Publish a person, until planning has taken them over with all that follows."""
    await world.publish(PeopleChanged(items=[state]))

    async def taken():
        async with world.app.state.database.transaction() as connection:
            version = await connection.fetchval(
                "select version from person where person_id = $1", UUID(state.person_id)
            )
        return version == state.version

    await wait_for(taken)


async def stored(world, plan):
    """The plan, its activities and its follow-ups as they are stored: a manager sees nobody who left."""
    of = UUID(plan["plan_id"])
    async with world.app.state.database.transaction() as connection:
        row = await connection.fetchrow("select * from plan where plan_id = $1", of)
        activities = await connection.fetch("select * from activity where plan_id = $1 order by position", of)
        asked = await connection.fetch("select * from follow_up where plan_id = $1 order by days", of)
    return row, activities, asked


async def test_whoever_leaves_is_asked_for_nothing_more_and_their_history_stays(world, clock):
    await tell(world, person("l0", "key of l0", "boss"))
    plan, other = await agreed(world, "left-0", "l0"), await agreed(world, "stays-0", "p0")
    began = domain_clock.today()
    for each in (plan, other):
        await complete(world, each, 0)
        await dated(world, each, began)
    started = plan["activities"][1]["activity_id"]
    assert (await world.manager.post(path(plan, f"/activities/{started}/start"))).status == 200

    clock.forward(days=3)
    await tell(world, leaver("l0"))
    row, activities, asked = await stored(world, plan)
    assert (row["state"], row["outcome"]) == ("closed", "person-left")
    assert domain_clock.day_of(row["closed_at"]) == began + timedelta(days=2)  # the last day in the post
    assert [each["state"] for each in activities] == ["completed"] + ["cancelled"] * (len(activities) - 1)
    assert [each["end_reason"] for each in activities] == [None] + ["person-left"] * (len(activities) - 1)
    assert activities[0]["hours_spent"] == 4
    assert activities[1]["started_at"] is not None
    assert [each["state"] for each in asked] == ["ended"] * 3
    (closed,) = await of_plan(world, "plan-closed", plan)
    assert (closed["data"]["outcome"], closed["aggregateversion"]) == ("person-left", row["version"])

    clock.forward(days=200)

    async def others_are_asked():
        return await due(world, other) == [30, 90, 180]

    await wait_for(others_are_asked)
    assert await of_plan(world, "follow-up-due", plan) == []

    await tell(world, leaver("l0", 3))  # the same once more
    await tell(world, person("l0", "key of l0", "boss", version=4))  # and back
    again = (await world.manager.get(path(plan))).json
    assert (again["state"], again["outcome"], again["version"]) == ("closed", "person-left", row["version"])
    assert [item["state"] for item in await follow_ups(world, plan)] == ["ended"] * 3
    step = path(plan, f"/activities/{started}/complete")
    assert (await world.manager.post(step, json={"hours": 2})).code == "plan-closed"
    assert (await agreed(world, "back-0", "l0", day="2027-01-01"))["state"] == "agreed"


async def test_after_the_last_post_there_is_a_week_for_the_next_one(world, clock):
    await tell(world, person("l1", "key of l1", "boss"))
    plan = await agreed(world, "left-1", "l1")
    clock.forward(days=1)
    last = domain_clock.today() - timedelta(days=1)
    await tell(world, leaver("l1", active=True))
    assert (await stored(world, plan))[0]["state"] == "agreed"
    clock.forward(days=7)
    async with world.app.state.database.session() as session:
        await departures.end_next(session)
    row = (await stored(world, plan))[0]
    assert (row["outcome"], domain_clock.day_of(row["closed_at"])) == ("person-left", last)


async def test_an_assessment_that_completes_after_the_leaving_asks_for_nothing(world):
    await tell(world, person("l2", "key of l2", "boss"))
    await tell(world, leaver("l2"))
    await world.publish(assessed("late-2", "l2"))

    async def proposed():
        async with world.app.state.database.transaction() as connection:
            return await connection.fetchrow(
                "select * from plan where assessment_id = $1", UUID(ident("late-2"))
            )

    plan = {"plan_id": str((row := await wait_for(proposed))["plan_id"])}
    assert (row["state"], row["outcome"]) == ("closed", "person-left")
    (first,), (closed,) = (
        await of_plan(world, "plan-proposed", plan),
        await of_plan(world, "plan-closed", plan),
    )
    assert (first["aggregateversion"], closed["aggregateversion"]) == (1, 2)


async def test_what_was_due_before_the_leaving_counts_and_what_came_later_does_not(world, clock):
    await tell(world, person("l3", "key of l3", "boss"))
    plan, today = await world.proposed("left-3", "l3"), domain_clock.today()
    days = [today + timedelta(days=5), today + timedelta(days=60)]
    wishes = [
        {"activity_id": each["activity_id"], "due_on": day.isoformat()}
        for each, day in zip(plan["activities"], days, strict=False)
    ]
    plan = (await world.manager.patch(path(plan), json={"activities": wishes}, if_match=tag(plan))).json
    assert (await world.manager.post(path(plan, "/agree"), if_match=tag(plan))).status == 200
    clock.forward(days=20)
    await tell(world, leaver("l3"))
    found = facts()
    async with world.app.state.database.session() as session:
        of_plan = sa.select(found.c.figure, found.c.day).where(found.c.plan_id == UUID(plan["plan_id"]))
        rows = (await session.execute(of_plan)).all()
    assert Counter(row.figure for row in rows) == {
        "proposed": 1, "agreed": 1, "closed otherwise": 1, "activities_due": 1,
    }  # fmt: skip
    assert [row.day for row in rows if row.figure == "activities_due"] == days[:1]
