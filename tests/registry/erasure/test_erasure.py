"""Who has left is erased by two people: nothing in registry names them, and what counts them stays."""

import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import nats
import orjson
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from services.registry.erasure.commands import erased_records as erasing
from shared import restored_erasures
from shared.database.engine import Database
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased
from tests.assessment.rated import publish
from tests.erased import mentions, wait_for_erased
from tests.registry.builders import hired, made, person
from tests.registry.imports.test_people import load
from tests.served import Client
from tests.servers import PASSWORDS, wait_for

NAMED = {
    "family_name": "Zzyzxova", "given_name": "Quillianna", "phone": "+232 76 999 123",
    "email": "quillianna@example.org",
}  # fmt: skip
NAMES = (*NAMED.values(), "sub-of-quillianna", "zz-4711")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def confirming(registry: Client, token) -> Client:
    """Somebody else, who confirms erasures."""
    return registry.using(token("programme-manager", units=("SL",), subject="confirms"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(registry: Client, settings) -> AsyncIterator[Database]:
    opened = Database(settings("registry"))
    yield opened
    await opened.close()


async def left(registry: Client, issuer, **values) -> tuple[str, str]:
    """Somebody with all that registry can know of a person, who has left."""
    about = {**NAMED, "subjects": [{"iss": issuer.name, "sub": "sub-of-quillianna"}], **values}
    person_id, post_id = await hired(registry, "E1A", about)
    change = {"family_name": "Zzyzxova-Married"}
    await registry.patch(f"/v1/people/{person_id}", json=change, if_match="*")
    gone = await registry.delete(f"/v1/people/{person_id}", params={"on": "2026-03-01"}, if_match="*")
    assert gone.status == 200
    return person_id, post_id


async def asked(registry: Client, person_id: str) -> str:
    return str((await made(registry, f"/v1/people/{person_id}/erase", {}))["erasure_id"])


async def establishment(registry: Client) -> object:
    found = await registry.get("/v1/establishment", params={"unit": "SL", "on": "2026-01-15"})
    assert found.status == 200, found.json
    return found.json


async def test_nothing_names_who_was_erased(registry, confirming, database, issuer):
    person_id, post_id = await left(registry, issuer, external_id="zz-4711")
    key = str(uuid.uuid4())
    repeated = await registry.post(f"/v1/people/{person_id}/erase", json={}, key=key)
    assert (repeated.status, repeated.json["person_id"]) == (200, person_id)
    before = await establishment(registry)
    erasure_id = repeated.json["erasure_id"]
    assert await asked(registry, person_id) == erasure_id, "the first request stands"
    listed = (await confirming.get("/v1/erasures", params={"done": "false"})).json["items"]
    assert [each["person_id"] for each in listed] == [person_id]
    done = await confirming.post(f"/v1/erasures/{erasure_id}/confirm")
    assert (done.status, done.json["person_id"]) == (200, None)
    sent = {"outbox"}  # to be swept once the broker has it
    assert set(await mentions(database, *NAMES)) <= sent
    await wait_for_erased(database, person_id, but=("outbox", "erased_person"))
    assert await establishment(registry) == before
    other = pseudonym(uuid.UUID(person_id))
    for which in (person_id, str(other)):
        assert (await registry.get(f"/v1/people/{which}")).code == "person-unknown"
        assert (await registry.get(f"/v1/people/{which}/versions")).code == "person-unknown"
        assert (await registry.get(f"/fhir/r4/Practitioner/{which}")).status == 404
        assert (await registry.get(f"/scim/v2/Users/{which}")).status == 404
        assert (await registry.get("/v1/posts", params={"person": which})).json["items"] == []
    assert (await registry.get(f"/v1/posts/{post_id}")).code == "post-unknown"
    assert (await registry.get(f"/fhir/r4/PractitionerRole/{post_id}")).status in (404, 410)
    again = await registry.post(f"/v1/people/{person_id}/erase", json={}, key=key)
    assert again.code == "person-unknown", "no stored answer"
    async with database.transaction() as connection:
        (row,) = await connection.fetch("select * from person where person_id = $1", other)
        payloads = await connection.fetch("select payload from outbox where subject like '%person-erased%'")
        assert await connection.fetchval("select count(*) from post where person_id = $1", other) == 1
    assert (row["family_name"], row["birth_year"], row["external_id"]) == ("", None, None)
    (event,) = [orjson.loads(each["payload"]) for each in payloads]
    assert event["data"]["person_id"] == person_id
    assert str(other) not in repr(event), "the event leads nowhere"
    assert event["data"]["digest"] == done.json["digest"]


async def test_a_snapshot_has_who_counts_and_events_do_not(registry, token, database):
    service = registry.using(token("service"))
    lines = (await service.get("/internal/snapshot/people")).body.splitlines()
    (stub,) = [each for each in map(orjson.loads, lines) if each["erased"]]
    assert (stub["subject_keys"], stub["birth_year"], len(stub["posts"])) == ([], None, 1)
    async with database.transaction() as connection:
        sent = await connection.fetch("select payload from outbox")
    assert not [row for row in sent if stub["person_id"].encode() in row["payload"]]


async def test_an_erasure_takes_two(registry, confirming, token, issuer):
    person_id, _ = await left(registry, issuer)
    erasure_id = await asked(registry, person_id)
    same = registry.using(token("hris", "programme-manager", units=("SL",), subject="hris"))
    assert (await same.post(f"/v1/erasures/{erasure_id}/confirm")).code == "second-person-required"
    region = registry.using(token("programme-manager", units=("SL-E",), subject="elsewhere"))
    assert (await region.post(f"/v1/erasures/{erasure_id}/confirm")).code == "unit-out-of-scope"
    assert (await confirming.post(f"/v1/people/{person_id}/erase", json={})).code == "role-missing"
    nobody = uuid.uuid4()
    assert (await confirming.post(f"/v1/erasures/{nobody}/confirm")).code == "erasure-unknown"
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/withdraw")).status == 204
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/withdraw")).code == "erasure-unknown"
    subjects = [{"iss": issuer.name, "sub": each} for each in ("erases-one", "erases-one-too")]
    await hired(registry, "E1A", {"subjects": subjects})
    one = registry.using(token("hris", units=("SL",), subject="erases-one"))
    erasure_id = await asked(one, person_id)
    same = registry.using(token("programme-manager", units=("SL",), subject="erases-one-too"))
    refused = await same.post(f"/v1/erasures/{erasure_id}/confirm")
    assert refused.code == "second-person-required", "one person with two sign-ins is one"
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).code == "erasure-done"
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/withdraw")).code == "erasure-done"


async def test_who_works_or_is_under_a_hold_is_not_erased(registry, confirming, issuer):
    works, _ = await hired(registry, "E1A")
    assert (await registry.post(f"/v1/people/{works}/erase", json={})).code == "person-active"
    person_id, _ = await left(registry, issuer)
    erasure_id = await asked(registry, person_id)
    held = await made(registry, f"/v1/people/{person_id}/hold", {"reason": "litigation"})
    assert held["reason"] == "litigation"
    await made(registry, f"/v1/people/{person_id}/hold", {"reason": "audit"})
    assert (await registry.post(f"/v1/people/{person_id}/erase", json={})).code == "legal-hold"
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).code == "legal-hold"
    assert (await registry.post(f"/v1/people/{person_id}/hold", json={"reason": "x"})).code == "input-invalid"
    assert (await registry.post(f"/v1/people/{person_id}/release-hold")).status == 204
    assert (await registry.post(f"/v1/people/{person_id}/release-hold")).code == "hold-unknown"
    await registry.patch(f"/v1/people/{person_id}", json={"active": True}, if_match="*")
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).code == "person-active", (
        "who is back"
    )


async def test_a_database_from_a_backup_is_erased_again_before_it_serves(
    registry, database, settings, nats_url, issuer
):
    """The broker remembers an erasure that the database does not."""
    person_id, _ = await left(registry, issuer, subjects=[])
    moment = datetime(2026, 9, 1, tzinfo=UTC)
    event = PersonErased(person_id=person_id, erased_at=moment, confirmed_by="k", digest="of-a-lost-day")
    await publish(nats_url, event)

    async def remembered() -> bool:
        client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
        async with contextlib.aclosing(restored_erasures.remembered(client)) as found:
            known = {each.person_id async for each in found}
        await client.close()
        return person_id in known

    await wait_for(remembered)
    await restored_erasures.step(settings("registry"), erasing.repeat)(database)
    assert await mentions(database, person_id), "no restoration, nothing to be erased again"
    for _ in range(2):
        await restored_erasures.step(settings("registry", epoch=2), erasing.repeat)(database)
        await wait_for_erased(database, person_id, but=("outbox", "erased_person"))
    async with database.transaction() as connection:
        (row,) = await connection.fetch("select * from erasure where digest = 'of-a-lost-day'")
    assert (row["erased_at"], row["confirmed_by"]) == (moment, "k")


async def test_what_a_system_goes_on_sending_makes_nobody_anew(registry, confirming, database):
    line = person(external_id="back-1", former_external_id="back-0", family_name="Orig")
    await load(registry, person(external_id="back-0", family_name="Orig"))
    await load(registry, line)
    (found,) = (await registry.get("/v1/people", params={"external_id": "back-1"})).json["items"]
    await load(registry, {"external_id": "back-1", "on": "2026-02-01"}, kind="leavers")
    erasure_id = await asked(registry, found["person_id"])
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200
    new = person(external_id="back-2")
    report = await load(registry, person(external_id="back-1"), new, person(external_id="back-0"))
    assert [each["code"] for each in report["rejected"]] == ["identifier-erased"] * 2
    assert report["created"] == 1
    report = await load(registry, {"external_id": "back-1", "on": "2026-02-01"}, kind="leavers")
    assert [each["code"] for each in report["rejected"]] == ["person-unknown"]
    by_hand = await registry.post("/v1/people", json=person(external_id="back-1"))
    assert (by_hand.status, by_hand.code) == (409, "identifier-erased")
    assert await mentions(database, "back-1", "back-0", but=("outbox", "idempotency")) == []
