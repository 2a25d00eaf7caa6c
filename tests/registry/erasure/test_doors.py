"""Somebody came and was changed through every door: nothing of it stands anywhere once they are erased."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest_asyncio
import sqlalchemy as sa

from services.registry.tables.imports import import_absent, import_run
from shared.database.engine import Database
from tests.erased import mentions, wait_for_erased
from tests.registry.builders import hired, made, person, source_client
from tests.registry.imports.test_people import load
from tests.registry.mcsd.test_feed import practitioner, role, sent
from tests.registry.merged_people.asks import merge, unmerge
from tests.registry.region_transfers.asks import arriving
from tests.registry.scim.builders import USERS, user
from tests.served import Client

FAMILY, GIVEN, PHONE, EMAIL = "Qwxyzova", "Ofeliana", "+232 76 987 321", "ofeliana@example.org"
NAMES = (FAMILY, GIVEN, PHONE, EMAIL, "Dr Ofi", "qx-imp-1", "qx-scim-1", "qx-user", "qx-licence", "qx-post")
NAMED = {"family_name": FAMILY, "given_name": GIVEN, "phone": PHONE, "email": EMAIL}
PHONES = [{"system": "phone", "value": PHONE}]
AUDITED = sa.text("""
select split_part(e.operation, '/', 5), e.people, p.person_id::text
from audit_entry e left join audit_people p using (entry_id)
where e.operation like 'POST /v1/erasures/%' order by e.entry_id
""")
UNSENT = ("outbox",)  # to be swept once the broker has it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(registry: Client, settings) -> AsyncIterator[Database]:
    opened = Database(settings("registry"))
    yield opened
    await opened.close()


Erase = Callable[[str], Awaitable[dict[str, Any]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def erase(registry: Client, token) -> Erase:
    """Let somebody leave and erase them."""
    confirming = registry.using(token("programme-manager", units=("SL",), subject="confirms"))

    async def erase(person_id: str) -> dict[str, Any]:
        gone = await registry.delete(f"/v1/people/{person_id}", params={"on": "2026-03-01"}, if_match="*")
        assert gone.status == 200, gone.json
        asked = await made(registry, f"/v1/people/{person_id}/erase", {})
        return await made(confirming, f"/v1/erasures/{asked['erasure_id']}/confirm", {})

    return erase


async def test_nothing_stands_of_who_came_through_every_door(registry, token, database, erase):
    await load(registry, person(external_id="qx-imp-1", **NAMED), person(external_id="qx-imp-1", sex="?"))
    (found,) = (await registry.get("/v1/people", params={"external_id": "qx-imp-1"})).json["items"]
    person_id = found["person_id"]
    scim = await source_client(registry, token, "payroll")
    office = {"unit_code": "E1A", "role_code": "facility-manager", "valid_from": "2025-01-01"}
    line = {"external_id": "qx-post-2", "person_external_id": "qx-imp-1"} | office
    report = await load(registry, line, line | {"valid_from": "?"}, kind="posts")
    assert (report["created"], report["rejected_count"]) == (1, 1), report
    await load(registry, {"external_id": "qx-imp-1", "on": "?"}, kind="leavers")
    name = [{"use": "official", "text": "Dr Ofi", "family": FAMILY, "given": [GIVEN]}]
    named = practitioner("qx-imp-1", id=person_id, name=name, telecom=PHONES)
    assert (await sent(registry, f"Practitioner/{person_id}", named, "PUT")).status == 200
    for _ in range(2):
        held = await sent(registry, "PractitionerRole", role(f"Practitioner/{person_id}", telecom=PHONES))
        assert held.status == 201, held.json
    mistake = {"withdrawn": True}
    gone = await registry.post(f"/v1/posts/{held.json['id']}/end", json=mistake, if_match="*")
    assert gone.status == 200, gone.json
    called = {"value": "qx-scim-1"}
    put = await scim.put(f"/v1/people/{person_id}/identifiers/payroll", json=called, if_match="*")
    assert put.status in (200, 201, 204), put.json
    about = {"userName": "qx-user", "externalId": "qx-scim-1", "displayName": "Dr Ofi"}
    phones = [{"value": PHONE, "type": "work"}, {"value": PHONE + "1", "type": "home"}]
    body = user(**about, phoneNumbers=phones, name={"familyName": FAMILY, "givenName": GIVEN})
    put = await scim.put(f"{USERS}/{person_id}", json=body)
    assert put.status == 200, put.json
    await erase(person_id)
    await wait_for_erased(database, *NAMES, but=UNSENT)
    await wait_for_erased(database, person_id, but=("outbox", "erased_person"))


async def test_confirming_and_withdrawing_are_audited(registry, token, database, erase):
    person_id, _ = await hired(registry, "E1A")
    await erase(person_id)
    other, _ = await hired(registry, "E1A")
    await registry.delete(f"/v1/people/{other}", params={"on": "2026-03-01"}, if_match="*")
    asked = await made(registry, f"/v1/people/{other}/erase", {})
    manager = registry.using(token("programme-manager", units=("SL",), subject="withdraws"))
    assert (await manager.post(f"/v1/erasures/{asked['erasure_id']}/withdraw")).status == 204
    async with database.reading() as session:
        found = await session.execute(AUDITED)
    assert [tuple(row) for row in found][-2:] == [("confirm", 0, None), ("withdraw", 1, other)]


async def test_who_was_merged_by_mistake_stands_in_no_record_of_the_others(registry, database, erase):
    """Three records become one, and three again: the others' versions of that time had what is forgotten."""
    others = [(await hired(registry, "E1A", {"phone": None, "email": None}))[0] for _ in range(2)]
    names = {"external_id": "qy-1", "phone": "+232 76 555 777", "email": "qy@example.org"}
    person_id, _ = await hired(registry, "E1B", names)
    assert (await merge(registry, others[0], person_id)).status == 200
    assert (await merge(registry, others[1], others[0])).status == 200
    assert (await registry.get(f"/v1/people/{others[1]}")).json["email"] == "qy@example.org"
    assert (await unmerge(registry, others[1], others[0])).status == 200
    assert (await unmerge(registry, others[0], person_id)).status == 200
    before = [(await registry.get(f"/v1/people/{each}/versions")).json["items"] for each in others]
    await erase(person_id)
    await wait_for_erased(database, *names.values(), but=UNSENT)
    await wait_for_erased(database, person_id, but=("outbox", "erased_person"))
    after = [(await registry.get(f"/v1/people/{each}/versions")).json["items"] for each in others]
    assert [len(each) for each in after] == [len(each) for each in before], "no version less"


async def test_who_came_from_another_region_is_forgotten_with_the_transfer(registry, token, database, erase):
    """Whoever brings the file again learns no pseudonym, and makes nobody anew."""
    second = registry.using(token("programme-manager", units=("SL",), subject="accepts"))
    transfer, contact = str(uuid.uuid4()), {"family_name": "Xylocame", "birth_year": 1984}
    came = arriving(transfer, moved_on="2026-01-01", record=contact)
    stored = await registry.post("/v1/arrivals", json=came, key=str(uuid.uuid4()))
    assert (stored.status, stored.json["content"]["record"]["family_name"]) == (200, "Xylocame")
    at = f"/v1/arrivals/south/{transfer}/accept"
    person_id = (await second.post(at)).json["person_id"]
    await erase(person_id)
    again = await registry.post("/v1/arrivals", json=came)
    assert (again.status, again.code) == (409, "transfer-decided")
    accepted = (await second.post(at)).json
    assert (accepted["state"], accepted["person_id"]) == ("accepted", None)
    assert await mentions(database, "Xylocame", but=("outbox",)) == [], (
        "no answer from before they were anybody"
    )
    await wait_for_erased(database, person_id, but=("outbox", "erased_person"))
    async with database.transaction() as connection:
        digest = await connection.fetchval(
            "select digest from arrival where transfer_id = $1", uuid.UUID(transfer)
        )
    assert digest == "", "a name could be guessed by it"


async def test_a_list_that_waits_names_nobody_who_was_erased(registry, token, database, erase):
    """Whoever decides about it still finds it, without a pseudonym in it."""
    second = registry.using(token("programme-manager", units=("SL",), subject="decides"))
    person_id, _ = await hired(registry, "E1A")
    moment, import_id = datetime(2026, 9, 1, tzinfo=UTC), uuid.uuid4()
    waits = {
        "import_id": import_id, "kind": "people", "units": [], "recorded_by": "x", "dry_run": False, "received": 0,
        "full_list": True, "state": "done", "started_at": moment, "seen_at": moment, "ended_at": moment,
        "system_id": "a system", "absence": "waiting", "absent_digest": "1" * 64, "report": {"received": 0},
    }  # fmt: skip
    absent = {"import_id": import_id, "person_id": uuid.UUID(person_id), "version": 1}
    async with database.session() as session:
        await session.execute(sa.insert(import_run).values(waits))
        await session.execute(sa.insert(import_absent).values(absent))
    at = f"/v1/imports/{import_id}"
    (listed,) = (await second.get(f"{at}/absent")).json["items"]
    assert listed["person_id"] == person_id
    await erase(person_id)
    assert (await second.get(f"{at}/absent")).json["items"] == []
    approved = await second.post(f"{at}/approve", json={"digest": "1" * 64})
    assert (approved.status, approved.code) == (409, "absence-differs")
