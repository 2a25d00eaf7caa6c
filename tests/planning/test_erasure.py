"""Somebody is erased while planning is at work: plans count on, nobody reads them, and late news find them."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from shared.database.engine import Database
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased
from tests.erased import mentions
from tests.planning.builders import assessed, ident
from tests.planning.follow_ups.test_follow_ups import completion
from tests.planning.world import World
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
WHO, LONG_AGO = "p3", date(2020, 1, 1)


async def of(database: Database, person_id: UUID) -> list[str]:
    """The assessments that somebody's plans came from."""
    async with database.transaction() as connection:
        found = await connection.fetch("select assessment_id from plan where person_id = $1", person_id)
    return sorted(str(row[0]) for row in found)


async def test_plans_go_on_under_a_pseudonym_and_nobody_reads_them(world: World):
    database, other = world.app.state.database, pseudonym(UUID(ident(WHO)))
    agreed = await world.proposed("a-agreed", WHO)
    done = await world.manager.post(f"/v1/plans/{agreed['plan_id']}/agree", if_match="*")
    assert done.status == 200, done.json
    plan = await world.proposed("a-erased", WHO)
    assert (await world.leader(WHO).get(f"/v1/plans/{plan['plan_id']}")).status == 200
    assert plan["activities"]
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    await world.publish(PersonErased(person_id=ident(WHO), erased_at=moment, confirmed_by="k", digest="d"))

    async def gone() -> bool:
        return await of(database, other) == sorted([ident("a-agreed"), ident("a-erased")])

    await wait_for(gone)
    assert await mentions(database, ident(WHO), but=("outbox", "erased_person")) == []
    async with database.transaction() as connection:
        left = await connection.fetch(
            "select plan_id, plan.state, activity_id from plan left join activity using (plan_id)"
            " where person_id = $1",
            other,
        )
    drafts = [row for row in left if str(row["plan_id"]) == plan["plan_id"]]
    assert [(row["state"], row["activity_id"]) for row in drafts] == [("proposed", None)], (
        "a draft, that counts"
    )
    assert {str(row["plan_id"]) for row in left if row["activity_id"]} == {agreed["plan_id"]}, (
        "what was agreed stays"
    )
    for reader in (world.manager, world.leader(WHO), world.leader("boss")):
        assert (await reader.get(f"/v1/plans/{plan['plan_id']}")).code == "plan-unknown"
        listed = (await reader.get("/v1/plans", params={"limit": "200"})).json["items"]
        assert plan["plan_id"] not in {each["plan_id"] for each in listed}


async def test_late_news_reach_the_pseudonym(world: World):
    database, other = world.app.state.database, pseudonym(UUID(ident(WHO)))
    await world.publish(assessed("a-late", WHO, day="2026-11-02"))

    async def proposed() -> bool:
        return await of(database, other) == sorted(ident(each) for each in ("a-agreed", "a-erased", "a-late"))

    await wait_for(proposed)
    assert await mentions(database, ident(WHO), but=("outbox", "erased_person")) == []


async def test_no_follow_up_is_due_of_who_was_erased(world: World):
    """A completion that comes late dates theirs: they end, and nothing is published under the pseudonym."""
    database, other = world.app.state.database, pseudonym(UUID(ident(WHO)))
    async with database.transaction() as connection:
        (plan,) = await connection.fetch(
            "select plan_id from plan where person_id = $1 and assessment_id = $2",
            other,
            UUID(ident("a-agreed")),
        )
    activity = {
        "activity_id": ident("late"), "intervention_code": "WP-QM-1", "approach": "workplace-learning",
        "delivery": "workplace", "competencies": ["QM"],
    }  # fmt: skip
    about = {"plan_id": str(plan["plan_id"]), "person_id": ident(WHO), "post_id": ident("post")}
    await world.publish(
        completion({**about, "unit_code": "N01", "level": "I", "activities": [activity]}, LONG_AGO)
    )

    async def states() -> list[str]:
        async with database.transaction() as connection:
            found = await connection.fetch("select state from follow_up where plan_id = $1", plan["plan_id"])
        return [row[0] for row in found]

    async def ended() -> bool:
        return await states() == ["ended"] * 3

    await wait_for(ended)
    sent = await world.outbox("follow-up-due")
    assert not [event for event in sent if event["data"]["plan_id"] == about["plan_id"]]
