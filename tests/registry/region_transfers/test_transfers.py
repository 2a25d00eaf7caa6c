"""Somebody goes to another region and is accepted there: once, by two people, and counted in one region a day."""

import asyncio
import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa

from services.registry.erasure.commands import erased_records
from services.registry.national.commands import headcount_releases
from services.registry.people.commands.people import change_person
from services.registry.region_transfers.commands import arrivals
from shared import periods
from shared.releases.due_dates import Due
from tests.registry.builders import hired
from tests.registry.region import Region
from tests.registry.region_transfers.asks import arriving, departing
from tests.served import Client

pytestmark = pytest.mark.asyncio(loop_scope="module")
MOVED = date(2031, 3, 1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def reviewer(region: Region, token) -> Client:
    return region.client.using(token("programme-manager", units=("SL",), subject="reviewer"))


async def accepted(client: Client, transfer_id: str, origin: str = "south") -> Any:
    return await client.post(f"/v1/arrivals/{origin}/{transfer_id}/accept")


async def arrived(region: Region) -> list[dict[str, Any]]:
    async with region.app.state.database.transaction() as connection:
        rows = await connection.fetch(
            "select payload from outbox where subject like '%.local.registry.person-arrived.v1' order by id"
        )
    return [json.loads(row["payload"])["data"] for row in rows]


def result(**changed: Any) -> dict[str, Any]:
    given = {
        "framework_code": "steward-core", "framework_version": 1, "level": "I", "role_code": "facility-manager",
        "period": "2030Q3", "completed_at": "2030-09-14T09:30:00Z", "scores": [301] * 10 + [None],
        "targets": [350] * 11, "gaps": [49] * 10 + [None],
    }  # fmt: skip
    return given | changed


def plan() -> dict[str, Any]:
    activity = {
        "intervention_code": "WP-QM-1", "approach": "workplace-learning", "delivery": "workplace",
        "competencies": ["QM"], "hours": 12, "due_on": "2031-06-30", "state": "planned",
    }  # fmt: skip
    days = {"assessed_at": "2030-09-14T09:30:00Z", "proposed_at": "2030-09-14T09:30:00Z"}
    return {"state": "proposed", "level": "I", "competencies": ["QM"], "activities": [activity], **days}


async def test_who_departs_has_left_with_a_destination_and_a_repeat_changes_nothing(region: Region) -> None:
    person_id, post_id = await hired(region.client, "E1A", {})
    asked = departing(str(uuid4()), moved_on="2027-01-01")
    first = await region.client.post(f"/v1/people/{person_id}/transfers", json=asked)
    again = await region.client.post(f"/v1/people/{person_id}/transfers", json=asked)
    assert (first.status, again.json) == (200, first.json)
    left = (await region.client.get(f"/v1/people/{person_id}")).json
    assert (left["deactivated_on"], left["leaving_reason"], left["leaving_destination"]) == (
        "2027-01-01", "transferred-out", "another-region"
    )  # fmt: skip
    assert [(one["post_id"], one["valid_to"]) for one in left["posts"]] == [(post_id, "2026-12-31")]
    other = await region.client.post(f"/v1/people/{person_id}/transfers", json=asked | {"region": "east"})
    assert (other.status, other.code) == (409, "transfer-changed")
    more = await region.client.post(
        f"/v1/people/{person_id}/transfers", json=departing(str(uuid4()), moved_on="2027-02-01")
    )
    assert (more.status, more.code) == (409, "person-deactivated")


async def test_nobody_goes_to_two_regions_but_who_came_back_may_go_again(region: Region) -> None:
    """On an earlier day too: two files are sealed and signed, and each could be accepted."""
    person_id, _ = await hired(region.client, "E1A", {})
    at = f"/v1/people/{person_id}"
    first = departing(str(uuid4()), moved_on="2027-01-01")
    earlier = departing(str(uuid4()), moved_on="2026-12-15", region="east")
    asked = (region.client.post(f"{at}/transfers", json=body) for body in (first, earlier))
    assert sorted([answer.status for answer in await asyncio.gather(*asked)]) == [200, 409]
    other = await region.client.post(f"{at}/transfers", json=departing(str(uuid4()), moved_on="2026-12-14"))
    assert (other.status, other.code) == (409, "person-deactivated")
    async with region.app.state.database.session() as session:  # as a list says it
        await change_person(session, UUID(person_id), {"deactivated_on": None}, None, "hris", sa.true())
    again = await region.client.post(f"{at}/transfers", json=departing(str(uuid4()), moved_on="2027-02-01"))
    assert again.status == 200


async def test_who_arrives_waits_for_a_second_person_and_is_somebody_once(
    region: Region, reviewer: Client
) -> None:
    transfer = str(uuid4())
    record = {"family_name": "Comes", "given_name": "Along", "sex": "female", "birth_year": 1984}
    asked = arriving(transfer, moved_on="2027-01-01", record=record, results=[result()], plans=[plan()])
    came = await region.client.post("/v1/arrivals", json=asked)
    assert (came.status, came.json["state"], came.json["person_id"]) == (200, "waiting", None)
    waiting = (await reviewer.get("/v1/arrivals")).json["items"]
    assert [one["content"]["record"]["family_name"] for one in waiting] == ["Comes"]
    assert (await accepted(region.client, transfer)).code == "second-person-required"
    before = len(await arrived(region))
    first = await accepted(reviewer, transfer)
    assert (first.status, first.json["state"], first.json["content"]) == (200, "accepted", None)
    assert (await accepted(reviewer, transfer)).json == first.json
    again = await region.client.post("/v1/arrivals", json=asked)
    assert again.json == first.json
    person_id = first.json["person_id"]
    known = (await region.client.get(f"/v1/people/{person_id}")).json
    assert (known["family_name"], known["active"]) == ("Comes", True)
    assert [(one["unit_code"], one["valid_from"]) for one in known["posts"]] == [("E1A", "2027-01-01")]
    (event,) = (await arrived(region))[before:]
    assert (event["person_id"], event["origin"], event["transfer_id"]) == (person_id, "south", transfer)
    assert event["results"][0]["scores"] == [301] * 10 + [None]
    assert event["plans"][0]["activities"][0]["intervention_code"] == "WP-QM-1"
    assert not {"Comes", "Along"} & set(json.dumps(event).replace('"', " ").split())


async def test_a_transfer_with_another_content_is_refused(region: Region) -> None:
    transfer = str(uuid4())
    assert (await region.client.post("/v1/arrivals", json=arriving(transfer))).status == 200
    for changed in (
        {"record": {"family_name": "Another"}},
        {"moved_on": "2027-01-02"},
        {"unit_code": "SL-N"},
    ):
        other = await region.client.post("/v1/arrivals", json=arriving(transfer, **changed))
        assert (other.status, other.code) == (409, "transfer-changed")
    elsewhere = await region.client.post("/v1/arrivals", json=arriving(transfer, origin="west"))
    assert elsewhere.status == 200  # an id has meaning in its own region alone


async def test_who_is_declined_is_nobody_and_what_came_is_gone(region: Region, reviewer: Client) -> None:
    transfer = str(uuid4())
    await region.client.post("/v1/arrivals", json=arriving(transfer))
    declined = await reviewer.post(f"/v1/arrivals/south/{transfer}/decline")
    assert (declined.json["state"], declined.json["content"]) == ("declined", None)
    assert (await reviewer.post(f"/v1/arrivals/south/{transfer}/decline")).json == declined.json
    refused = await accepted(reviewer, transfer)
    assert (refused.status, refused.code) == (409, "transfer-decided")
    genuine = arriving(
        transfer, record={"family_name": "Genuine"}
    )  # what was declined was another's, of its number
    again = (await region.client.post("/v1/arrivals", json=genuine)).json
    assert (again["state"], again["content"]["record"]["family_name"]) == ("waiting", "Genuine")
    assert (await accepted(reviewer, transfer)).json["state"] == "accepted"
    after = (await region.client.post("/v1/arrivals", json=arriving(transfer))).code
    assert after == "transfer-changed"


async def test_what_nobody_accepts_is_declined_in_time_and_its_names_go(
    region: Region, reviewer: Client
) -> None:
    old, lately = str(uuid4()), str(uuid4())
    for transfer in (old, lately):
        await region.client.post(
            "/v1/arrivals", json=arriving(transfer, record={"family_name": "Unaccepted"})
        )
    age = "update arrival set received_at = received_at - interval '91 days' where transfer_id = $1"
    async with region.app.state.database.transaction() as connection:
        await connection.execute(age, UUID(old))
    async with region.app.state.database.session() as session:
        await arrivals.decline_old(session)
    async with region.app.state.database.transaction() as connection:
        rows = await connection.fetch("select * from arrival where content::text like '%Unaccepted%'")
        assert [str(row["transfer_id"]) for row in rows] == [lately]
    assert (await accepted(reviewer, old)).code == "transfer-decided"
    assert (await accepted(reviewer, lately)).status == 200


async def test_of_who_was_erased_a_repeat_tells_nothing(region: Region, reviewer: Client) -> None:
    """Neither under which id figures go on, nor by the answer that was stored before they were anybody here."""
    transfer = str(uuid4())
    came = arriving(transfer, record={"family_name": "Vanishing"})
    await region.client.post("/v1/arrivals", json=came, key="k-vanishing")
    person_id = (await accepted(reviewer, transfer)).json["person_id"]
    async with region.app.state.database.session() as session:
        await erased_records.erase(session, UUID(person_id))
    async with region.app.state.database.transaction() as connection:
        kept = "select body from idempotency where position(convert_to('Vanishing', 'UTF8') in body) > 0"
        assert await connection.fetch(kept) == []
    again = await region.client.post("/v1/arrivals", json=came)
    assert (again.status, again.code) == (409, "transfer-decided")
    assert (await accepted(reviewer, transfer)).json["person_id"] is None


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"results": [result(scores=[301] * 10)]}, "/results/0/scores"),
        ({"results": [result(scores=[9_999] * 11)]}, "/results/0/scores/0"),
        ({"results": [result(period="2030")]}, "/results/0/period"),
        ({"results": [result(completed_at="0001-01-01T00:00:00+14:00")]}, "/results/0/completed_at"),
        ({"results": [result(completed_at="9999-12-31T23:59:59-12:00")]}, "/results/0/completed_at"),
        ({"results": [result(completed_at=5)]}, "/results/0/completed_at"),
        ({"plans": [plan() | {"proposed_at": "0001-01-01T00:00:00+14:00"}]}, "/plans/0/proposed_at"),
        ({"results": [result() | {"responses": [1]}]}, "/results/0/responses"),
        ({"results": [result() | {"comments": "x"}]}, "/results/0/comments"),
        ({"plans": [plan() | {"state": "dreamt"}]}, "/plans/0/state"),
        ({"record": {"family_name": "X", "subjects": []}}, "/record/subjects"),
    ],
)
async def test_what_no_region_sends_is_refused(region: Region, changed: Any, pointer: str) -> None:
    answer = await region.client.post("/v1/arrivals", json=arriving(str(uuid4()), **changed))
    assert answer.status == 422
    assert answer.json["errors"][0]["pointer"] == pointer


async def test_what_waits_for_other_units_is_of_nobody_here(region: Region, token) -> None:
    transfer = str(uuid4())
    await region.client.post("/v1/arrivals", json=arriving(transfer))
    elsewhere = region.client.using(token("hris", units=("SL-N",), subject="elsewhere"))
    listed = (await elsewhere.get("/v1/arrivals")).json["items"]
    assert transfer not in [one["transfer_id"] for one in listed]
    assert (await accepted(elsewhere, transfer)).code == "transfer-unknown"
    assert (await elsewhere.post("/v1/arrivals", json=arriving(str(uuid4())))).code == "unit-out-of-scope"


async def test_who_moves_is_counted_in_one_region_on_every_day(region: Region, reviewer: Client) -> None:
    """Both regions are of one tree here: five go from its east to its north, and the sum is the same every day."""
    went = [(await hired(region.client, "E1A", {"sex": "female"}))[0] for _ in range(10)][:5]
    await region.hire("SL-N", 6)
    await _release(region, MOVED - timedelta(days=59))
    before = await region.told()
    for person_id in went:
        transfer = str(uuid4())
        left = departing(transfer, moved_on=str(MOVED))
        assert (await region.client.post(f"/v1/people/{person_id}/transfers", json=left)).status == 200
        came = arriving(transfer, moved_on=str(MOVED), unit_code="SL-N", role_code="facility-manager")
        came["record"]["sex"] = "female"
        assert (await region.client.post("/v1/arrivals", json=came)).status == 200
        assert (await accepted(reviewer, transfer)).status == 200
    await _release(region, MOVED)  # as people count on the day before it
    assert await region.told() == before
    await _release(region, MOVED + timedelta(days=1))
    after = await region.told()
    assert after["SL"] == before["SL"]
    assert (before["SL-E"][0] - after["SL-E"][0], after["SL-N"][0] - before["SL-N"][0]) == (5, 5)


async def _release(region: Region, as_of: date) -> None:
    async with region.app.state.database.session() as session:
        await headcount_releases.release(session, Due(periods.of(as_of - timedelta(days=1)), as_of))
