"""What is read and written of people in registry is in its audit, and the audit shows when it was touched."""

import json
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from fastapi import FastAPI

from shared.audit.erasure import erase
from shared.audit.export_check import verify
from shared.audit.sealed_batches import seal
from shared.auth.event_readers import HEADER, Asked, Question, Reader
from shared.auth.event_readers import seal as sealed_question
from shared.clock import today
from tests.conftest import PEPPER
from tests.registry.builders import hired, person, plant
from tests.registry.scim.builders import HEALTH, held, patch, user
from tests.served import Client, application

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUDIT = "/v1/audit/registry"
EXPORT = f"{AUDIT}/export"
NDJSON = {"Content-Type": "application/x-ndjson"}


@dataclass
class World:
    """A registry, called by HRIS of the country, and the token of its auditor."""

    app: FastAPI
    hris: Client
    auditor: Client

    async def sealed(self) -> None:
        """Everything that was done until now has its place in a seal."""
        async with self.app.state.database.session() as session:
            while await seal(session, "registry", PEPPER):
                pass

    async def entries(self, **filters: str) -> list[dict[str, Any]]:
        await self.sealed()
        answer = await self.auditor.get(AUDIT, params={"limit": "200", **filters})
        assert answer.status == 200, answer.json
        return answer.json["items"]

    async def lines(self, **params: str) -> list[bytes]:
        await self.sealed()
        found: list[bytes] = []
        after = 0
        while True:
            answer = await self.auditor.get(EXPORT, params={"after": str(after), **params})
            assert answer.status == 200, answer.body
            if not answer.body:
                return found
            found += answer.body.splitlines()
            after = json.loads(found[-1])["number"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(settings, serve, token) -> World:
    app = application(settings("registry"))
    client = await serve(app)
    hris = client.using(token("hris", units=("SL",)))
    await plant(hris)
    return World(app, hris, client.using(token("auditor", units=("SL",), subject="auditor")))


async def test_each_read_and_write_of_a_person_is_told(world: World):
    someone, _ = await hired(world.hris, "E1A")
    purpose = {"Purpose-Of-Use": "HOPERAT"}
    assert (await world.hris.get(f"/v1/people/{someone}", headers=purpose)).status == 200
    assert (await world.hris.get("/v1/people", params={"unit": "E1A"})).status == 200
    assert (await world.hris.get(f"/v1/people/{UUID(int=7)}")).status == 404
    line = json.dumps(person(family_name="Sesay", external_id="of-a-load"))
    assert (await world.hris.post("/v1/imports/people", data=line, headers=NDJSON)).status == 200
    found = await world.entries(person=someone)
    assert [(each["operation"], each["purpose"], each["about"]) for each in found] == [
        ("POST /v1/people", None, 1),
        ("POST /v1/posts", None, 1),
        ("GET /v1/people/{person_id}", "HOPERAT", 1),
        ("GET /v1/people", None, 1),
    ]
    assert {each["caller"] for each in found} == {found[0]["caller"]}
    assert [each["people"] for each in found] == [[{"person_id": someone}]] * 4
    loaded = [each for each in await world.entries() if each["operation"] == "POST /v1/imports/people"]
    assert [(each["about"], len(each["people"])) for each in loaded] == [(1, 1)]


async def test_reading_the_audit_is_audited(world: World):
    someone, _ = await hired(world.hris, "E1A")
    await world.entries(person=someone)
    assert [each["operation"] for each in await world.entries(person=someone)][-1] == f"GET {AUDIT}"


async def test_the_export_verifies_and_shows_what_was_done_to_it(world: World):
    await hired(world.hris, "E1A")
    lines = await world.lines(people="true")
    found = verify(lines, {}, PEPPER)
    assert (found.faults, found.service) == ([], "registry")
    assert found.entries > 2
    heads = {found.last: found.head}
    assert verify(lines, heads).faults == []
    changed = [line.replace(b'"GET /v1/people"', b'"GET /v1/units"') for line in lines]
    changed = changed if changed != lines else [lines[0].replace(b"hris", b"ops"), *lines[1:]]
    swapped = [lines[1], lines[0], *lines[2:]]
    for forged in (changed, lines[1:], swapped):
        assert any("changed, missing or in another place" in each for each in verify(forged, {}).faults)
    whole_seals = [at for at, line in enumerate(lines) if b'"kind":"seal"' in line]
    truncated = lines[: whole_seals[-2] + 1] if len(whole_seals) > 1 else []
    assert verify(truncated, {}).faults == []  # by itself it looks whole
    assert verify(truncated, heads).faults == [f"the end: seal {found.last}, which was noted, is missing"]
    assert "is not signed" in verify(lines, {}, "another secret").faults[0]


async def test_an_erasure_takes_the_person_and_the_chain_verifies(world: World):
    someone, _ = await hired(world.hris, "E1A")
    assert await world.entries(person=someone)
    async with world.app.state.database.session() as session:
        assert await erase(session, UUID(someone)) > 1
        assert await erase(session, UUID(someone)) == 0
    assert await world.entries(person=someone) == []
    lines = await world.lines(people="true")
    assert verify(lines, {}, PEPPER).faults == []
    assert someone.encode() not in b"".join(lines)


async def test_the_database_refuses_to_change_it(world: World):
    await hired(world.hris, "E1A")
    await world.sealed()
    for statement in (
        "delete from audit_entry",
        "truncate audit_entry",
        "update audit_entry set operation = 'x'",
        "update audit_entry set position = position + 1",
        "delete from audit_people",
        "update audit_people set person_id = uuidv7()",
        "update audit_seal set hash = ''",
        "delete from audit_seal",
    ):
        async with world.app.state.database.alone() as connection:
            with pytest.raises((asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)):
                await connection.execute(statement)


async def test_an_auditor_reads_of_the_people_inside_the_units(world: World, token):
    here, _ = await hired(world.hris, "E1A")
    there, _ = await hired(world.hris, "SL-N")
    await world.sealed()
    north = world.hris.using(token("auditor", units=("SL-N",), subject="auditor-north"))
    assert (await north.get(AUDIT, params={"person": here})).json["items"] == []
    assert (await north.get(AUDIT, params={"person": there})).json["items"]
    named = {each["person_id"] for item in (await north.get(AUDIT)).json["items"] for each in item["people"]}
    assert there in named
    assert here not in named
    assert (await north.get(EXPORT)).code == "unit-out-of-scope"
    assert (await world.hris.get(AUDIT)).code == "role-missing"


async def test_a_purpose_is_a_code(world: World):
    answer = await world.hris.get("/v1/people", headers={"Purpose-Of-Use": "because"})
    assert (answer.status, answer.code) == (422, "purpose-unknown")
    world.app.state.settings.audit_purpose = "required"
    try:
        answer = await world.hris.get("/v1/people")
        assert (answer.status, answer.code) == (422, "purpose-required")
        assert (await world.hris.get("/v1/units")).status == 200
    finally:
        world.app.state.settings.audit_purpose = "optional"


async def test_a_read_is_not_answered_without_its_entry(world: World, monkeypatch):
    someone, _ = await hired(world.hris, "E1A")
    monkeypatch.setattr("shared.audit.recording._STORE", "select 1 / 0")
    answer = await world.hris.get(f"/v1/people/{someone}")
    assert answer.status >= 500
    assert b"Kamara" not in answer.body


async def of(world: World, person_id: str) -> list[str]:
    return [each["operation"] for each in await world.entries(person=person_id)]


async def test_scim_and_fhir_are_audited_too(world: World):
    made = (await world.hris.post("/scim/v2/Users", json=user(**{HEALTH: {"posts": [held()]}}))).json
    at = f"/scim/v2/Users/{made['id']}"
    assert (await world.hris.get(at)).status == 200
    assert (await world.hris.get("/scim/v2/Users", params={"filter": f'id eq "{made["id"]}"'})).status == 200
    assert (await world.hris.get("/scim/v2/Groups")).status == 200
    removed = patch({"op": "replace", "path": "title", "value": "Matron"})
    assert (await world.hris.patch(at, json=removed)).status == 200
    found = await of(world, made["id"])
    assert [each for each in found if each != f"GET {AUDIT}"] == [
        "POST /scim/v2/Users",
        "GET /scim/v2/Users/{id}",
        "GET /scim/v2/Users",
        "GET /scim/v2/Groups",
        "PATCH /scim/v2/Users/{id}",
    ]
    someone, post_id = await hired(world.hris, "E1A")
    for path in (
        f"/fhir/r4/Practitioner/{someone}",
        f"/fhir/r4/PractitionerRole/{post_id}",
        f"/fhir/r4/Practitioner?_id={someone}",
        "/fhir/r4/Location?_id=E1A",
    ):
        assert (await world.hris.get(path)).status == 200
    with_them = {"_id": "E1A", "_revinclude": "PractitionerRole:location"}
    assert (await world.hris.get("/fhir/r4/Location", params=with_them)).status == 200
    resource = (await world.hris.get(f"/fhir/r4/Practitioner/{someone}")).json
    sent = resource | {"gender": "male"}
    put = await world.hris.call("PUT", f"/fhir/r4/Practitioner/{someone}", json=sent)
    assert put.status in (200, 204), put.body
    assert (await of(world, someone))[2:] == [
        "GET /fhir/r4/Practitioner/{id_}",
        "GET /fhir/r4/PractitionerRole/{id_}",
        "GET /fhir/r4/Practitioner",
        "GET /fhir/r4/Location",
        "GET /fhir/r4/Practitioner/{id_}",
        "PUT /fhir/r4/Practitioner/{id_}",
    ]


async def test_whom_the_feed_shows_is_audited(world: World):
    someone, _ = await hired(world.hris, "E1A")
    reader = Reader(roles=["hris"], units=["SL"], subject_key="0" * 32)
    asked = [
        Asked(right="person.read", day=today(), person=person_id, units=["E1A"], keeping=["E1A"])
        for person_id in (UUID(someone), UUID(int=7))
    ]
    body = msgspec.json.encode(Question(reader=reader, until=int(time.time()) + 60, items=asked))
    headers = {HEADER: sealed_question(PEPPER, body)}
    answer = await world.hris.using(None).call("POST", "/internal/event-scope", data=body, headers=headers)
    assert answer.json["items"] == [True, False]
    (last,) = [each for each in await world.entries(person=someone) if each["caller"] == "0" * 32]
    assert (last["operation"], last["about"]) == ("GET /v1/events", 1)
