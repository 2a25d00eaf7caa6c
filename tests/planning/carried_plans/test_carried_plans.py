"""Plans that people bring are theirs to read, are no plans of this region, and come once."""

from datetime import UTC, date, datetime
from uuid import uuid4

import pytest

from shared.events.person_arrivals import CarriedActivity, CarriedPlan, PersonArrived
from tests.planning.builders import ident
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
DAY = datetime(2026, 9, 14, tzinfo=UTC)


def arrival(who: str, transfer_id: str) -> PersonArrived:
    activity = CarriedActivity(
        intervention_code="WP-QM-1", approach="workplace-learning", delivery="workplace", competencies=["QM"],
        hours=12, due_on=date(2027, 6, 30), state="started", started_at=DAY,
    )  # fmt: skip
    plan = CarriedPlan(
        state="active", level="I", competencies=["QM"], assessed_at=DAY, proposed_at=DAY, agreed_at=DAY,
        activities=[activity],
    )  # fmt: skip
    return PersonArrived(
        person_id=ident(who), transfer_id=transfer_id, origin="south", moved_on=date(2026, 10, 1), results=[],
        plans=[plan, plan],
    )  # fmt: skip


async def test_what_was_brought_is_shown_once_and_counts_as_no_plan(world):
    transfers = [str(uuid4()), str(uuid4())]
    for transfer_id in (transfers[0], transfers[0], transfers[1]):  # a repeat, and another one after it
        await world.publish(arrival("p6", transfer_id))
    own = world.leader("p6")

    async def brought():
        items = (await own.get(f"/v1/plans/carried/{ident('p6')}")).json["items"]
        return items if transfers[1] in [each["transfer_id"] for each in items] else None

    items = await wait_for(brought)
    assert sorted(each["transfer_id"] for each in items) == sorted(transfers * 2)
    assert {each["plan"]["activities"][0]["state"] for each in items} == {"started"}
    assert await world.plans("p6") == []
    stranger = await world.leader("p7").get(f"/v1/plans/carried/{ident('p6')}")
    assert (stranger.status, stranger.code) == (404, "person-unknown")
