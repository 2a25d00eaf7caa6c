"""Events in: people who leave, follow-ups, our own completed; the same twice and out of order."""

from uuid import uuid4

import msgspec
import sqlalchemy as sa

from services.assessment import consumers
from services.assessment.cycles.commands import cycles
from services.assessment.frameworks.commands import instruments
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.rollups.commands import publication as publishing
from services.assessment.tables.ratings import assessment, rater_request, result
from services.assessment.tables.roles import role
from shared import clock
from shared.database.engine import Database
from shared.events.planning import FollowUpDue
from shared.events.registry import PeopleChanged, RolesChanged, RoleState
from shared.messaging.subscriptions import Received
from tests.assessment import world
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.ratings.test_submit import accepted, requests_about, submit
from tests.assessment.rollups import releasing
from tests.assessment.rollups.test_rollups import fact, kept
from tests.assessment.world import identity


def received(*events):
    return [
        Received(id=uuid4(), data=event, aggregate_id="x", version=1, instance="north", time=clock.now())
        for event in events
    ]


async def hear(database: Database, handler, *events) -> None:
    """A batch, as the harness hands it over."""
    async with database.session() as session:
        await handler(session, received(*events))


async def about(database: Database, cycle_id, name: str):
    where = (assessment.c.cycle_id == cycle_id) & (assessment.c.person_id == identity(name))
    (row,) = await rows(database, sa.select(assessment).where(where))
    return row


async def test_a_rater_who_leaves_is_awaited_no_more_and_may_complete_it(country: Database):
    row = await opened(country, unit_code="N1", max_peers=0)
    requests = await accepted(country, row["cycle_id"], "a0")
    leaver = identity("a0-ward1")
    for request in requests:
        if request["person_id"] != leaver:
            await submit(country, request, Answers([4] * 33))
    assert (await about(country, row["cycle_id"], "a0"))["awaited"] == 1
    gone = world.person(
        "a0-ward1", "F1", manager="a0", role="ward-manager", level="B", version=2, active=False
    )
    await hear(country, consumers.people_changed, PeopleChanged(items=[gone]))
    await hear(country, consumers.people_changed, PeopleChanged(items=[gone]))
    assert (await about(country, row["cycle_id"], "a0"))["awaited"] == 0
    await run(country, closing.settle)
    assert (await about(country, row["cycle_id"], "a0"))["state"] == "completed"
    states = {
        item["person_id"]: item["state"] for item in await requests_about(country, row["cycle_id"], "a0")
    }
    assert states[leaver] == "withdrawn"


async def test_the_assessments_of_somebody_who_leaves_are_withdrawn(country: Database):
    row = await opened(country, unit_code="N1")
    gone = world.person("a5", "F1", manager="aboss", version=2, active=False)
    await hear(country, consumers.people_changed, PeopleChanged(items=[gone]))
    assert (await about(country, row["cycle_id"], "a5"))["state"] == "withdrawn"
    open_ = [item["state"] for item in await requests_about(country, row["cycle_id"], "a5")]
    assert set(open_) == {"withdrawn"}
    for name in ("a1", "a2", "a3", "a4"):
        item = await about(country, row["cycle_id"], name)
        waiting = [
            request
            for request in await requests_about(country, row["cycle_id"], name)
            if request["state"] in ("invited", "accepted")
        ]
        assert (item["state"], item["awaited"]) == ("open", len(waiting))


async def test_an_open_assessment_follows_its_post(country: Database):
    row = await opened(country, unit_code="N1")
    await hear(
        country,
        consumers.people_changed,
        PeopleChanged(items=[world.person("a4", "F2", manager="aboss", version=2)]),
    )
    assert (await about(country, row["cycle_id"], "a4"))["unit_code"] == "F2"


def due(assessment_id, days: int = 90, name: str = "c0") -> FollowUpDue:
    return FollowUpDue(
        follow_up_id=str(identity(f"follow-up {assessment_id} {days}")),
        plan_id=str(identity("plan")),
        assessment_id=str(assessment_id),
        person_id=str(identity(name)),
        post_id=str(identity(f"post {name}")),
        unit_code="F3",
        days=days,
        due_on=clock.today(),
        competencies=["PL"],
    )


async def completed_of(database: Database, name: str):
    row = await opened(database, unit_code="N2")
    await load(database, await everything(database, row["cycle_id"]))
    await run(database, closing.settle)
    return await about(database, row["cycle_id"], name)


async def one_by_one(database: Database, event: FollowUpDue) -> None:
    async with database.session() as session:
        (item,) = received(event)
        await consumers.follow_up_due(session, item)


async def test_a_follow_up_asks_the_earlier_raters_again_once(country: Database, clock):
    earlier = await completed_of(country, "c0")
    for _ in range(2):
        await one_by_one(country, due(earlier["assessment_id"]))
        await one_by_one(country, due(earlier["assessment_id"], days=30))
    (follow_up,) = await rows(
        country,
        sa.select(assessment).where(
            assessment.c.kind == "follow-up", assessment.c.person_id == identity("c0")
        ),
    )
    same = sa.select(rater_request.c.person_id, rater_request.c.category, rater_request.c.state)
    before = await rows(country, same.where(rater_request.c.assessment_id == earlier["assessment_id"]))
    again = await rows(country, same.where(rater_request.c.assessment_id == follow_up["assessment_id"]))
    assert {(item["person_id"], item["category"]) for item in before} == {
        (item["person_id"], item["category"]) for item in again
    }
    assert {item["state"] for item in again} == {"accepted"}
    assert (follow_up["awaited"], follow_up["follow_up_days"]) == (len(before), 90)
    clock.forward(days=30)
    await run(country, closing.settle)
    assert (await open_state(country, follow_up)) == "open"
    clock.forward(days=1)
    await run(country, closing.settle)
    assert (await open_state(country, follow_up)) == "expired"


async def open_state(database: Database, row) -> str:
    select = sa.select(assessment.c.state).where(assessment.c.assessment_id == row["assessment_id"])
    return (await rows(database, select))[0]["state"]


async def test_an_answered_follow_up_names_its_plan_and_the_assessment_before(country: Database):
    earlier = await completed_of(country, "c1")
    await one_by_one(country, due(earlier["assessment_id"], 180, "c1"))
    select = (
        sa.select(rater_request)
        .join(assessment)
        .where(assessment.c.kind == "follow-up", assessment.c.person_id == identity("c1"))
    )
    for request in await rows(country, select):
        done = await submit(country, request, Answers([4] * 33))
    assert done.assessment_state == "completed"
    sent = sa.text("select payload from outbox where aggregate_id = :id").bindparams(id=done.assessment_id)
    (event,) = await rows(country, sent)
    for part in (
        f'"plan_id":"{identity("plan")}"',
        '"follow_up_days":180',
        f'"previous":{{"assessment_id":"{earlier["assessment_id"]}"',
    ):
        assert part.encode() in event["payload"]


async def test_the_same_batch_twice_and_out_of_order_counts_once(country: Database):
    early, late = fact("x", "F2", 200, at=1), fact("x", "F2", 500, at=2)
    for batch in ([late], [early, late], [late, early]):
        await hear(country, consumers.completed, *batch)
    cell = (await kept(country))["F2", late.period, "I"]
    assert (cell.people, cell.sums[0]) == (1, 500)


async def test_roles_are_taken_over_by_version(country: Database):
    new = RoleState(role_code="midwife-in-charge", version=2, level="B", setting="facility")
    old = RoleState(role_code="midwife-in-charge", version=1, level="A", setting="national")
    await hear(country, consumers.roles_changed, RolesChanged(items=[new]))
    await hear(country, consumers.roles_changed, RolesChanged(items=[old]), RolesChanged(items=[new]))
    (row,) = await rows(country, sa.select(role).where(role.c.role_code == "midwife-in-charge"))
    assert (row["version"], row["level"]) == (2, "B")
    people = [world.person("mira", "F3", role="midwife-in-charge", level="B", manager="cboss")]
    await hear(country, consumers.people_changed, PeopleChanged(items=people))
    cycle = await opened(country, unit_code="N2", role_codes=["midwife-in-charge"])
    assert (await about(country, cycle["cycle_id"], "mira"))["weights"] == [1, 1, 1, 1, 1, 2, 1, 2, 1, 2, 2]


async def test_a_role_that_leads_nobody_has_no_profile(country: Database):
    """No cycle is opened for it, and none that was prepared before assesses anybody in it."""
    nurse = RoleState(role_code="nurse", version=1, level="", setting="facility")
    await hear(country, consumers.roles_changed, RolesChanged(items=[nurse]))
    async with country.session() as session:
        assert await instruments.profiles(session, "steward-core", 1, ["nurse"]) == {}
        led = msgspec.structs.replace(nurse, version=2, level="B")
        await instruments.take_roles(session, [led])
        assert list(await instruments.profiles(session, "steward-core", 1, ["nurse"])) == ["nurse"]


def fact_of(row):
    made = fact("any", row["unit_code"], level=row["level"], period=row["period"])
    return msgspec.structs.replace(
        made,
        assessment_id=str(row["assessment_id"]),
        person_id=str(row["person_id"]),
        completed_at=row["completed_at"],
        scores=row["scores"],
        targets=row["targets"],
    )


async def test_a_cycle_is_published_once_everybody_counts_in_a_release(
    country: Database,
):
    row = await opened(country, unit_code="D2")
    await load(country, await everything(country, row["cycle_id"]))
    await run(country, closing.settle)
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    assert await run(country, publishing.publish_cycles) == 0
    await run(country, closing.finish_cycles)
    found = await rows(country, sa.select(result).where(result.c.cycle_id == row["cycle_id"]))
    await hear(country, consumers.completed, *(fact_of(item) for item in found[1:]))
    assert await run(country, publishing.publish_cycles) == 0
    await hear(country, consumers.completed, fact_of(found[0]))
    assert await run(country, publishing.publish_cycles) == 0
    await releasing.publish(country)
    assert await run(country, publishing.publish_cycles) == 1
    assert await run(country, publishing.publish_cycles) == 0
