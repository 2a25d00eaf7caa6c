"""The audit of FHIR as AuditEvents of BALP: whole for auditors, nothing for others, and no values in it."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from fhir.resources.R4B import get_fhir_model_class

from services.registry.mcsd.audit_events import BALP, interaction
from shared.clock import now
from tests.registry.audit.test_audit import AUDIT, World, world
from tests.registry.builders import hired
from tests.registry.mcsd.asking import FHIR, outcome

__all__ = ["world"]
pytestmark = pytest.mark.asyncio(loop_scope="module")
EVENTS = f"{FHIR}/AuditEvent"
EVER = {"date": "ge2000-01-01"}
Json = dict[str, Any]


async def events(world: World, client: Any = None, **params: str) -> list[Json]:
    """All pages, three entries each, without the reads of the audit that come to it meanwhile."""
    await world.sealed()
    answer = await (client or world.auditor).get(EVENTS, params={**EVER, "_count": "3", **params})
    found: list[Json] = []
    while True:
        assert answer.status == 200, answer.body
        found += [each["resource"] for each in answer.json.get("entry", [])]
        following = [each["url"] for each in answer.json["link"] if each["relation"] == "next"]
        if not following:
            return [each for each in found if each["entity"][0].get("description") != "AuditEvent"]
        link = urlsplit(following[0])._replace(scheme="", netloc="").geturl()
        answer = await (client or world.auditor).get(link)


def codes(found: list[Json]) -> list[tuple[str, str]]:
    return [(each["subtype"][0]["code"], each["action"]) for each in found]


async def test_each_interaction_is_an_event_of_balp(world: World):
    someone, post_id = await hired(world.hris, "E1A")
    at = f"{FHIR}/Practitioner/{someone}"
    resource = (await world.hris.get(at, headers={"Purpose-Of-Use": "HOPERAT"})).json
    for path in (
        f"{at}/_history/1",
        f"{at}/_history",
        f"{FHIR}/Practitioner?_id={someone}&name:exact=secret",
    ):
        assert (await world.hris.get(path)).status == 200
    assert (await world.hris.get(f"{FHIR}/PractitionerRole/{post_id}")).status == 200
    put = await world.hris.call("PUT", at, json=resource | {"gender": "male"})
    assert put.status == 200, put.body
    assert (await world.hris.get(f"/v1/people/{someone}")).status == 200, "no interaction of FHIR"
    found = await events(world, entity=f"Practitioner/{someone}")
    assert codes(found) == [
        ("read", "R"), ("vread", "R"), ("history-instance", "R"), ("read", "R"), ("update", "U"),
    ]  # fmt: skip
    read, _, history, role, update = found
    assert read["meta"]["profile"] == [f"{BALP}Read"]
    assert "profile" not in history["meta"]
    assert update["meta"]["profile"] == [f"{BALP}Update"]
    assert read["purposeOfEvent"][0]["coding"][0]["code"] == "HOPERAT"
    assert read["entity"][0]["what"] == {"reference": f"Practitioner/{someone}"}
    assert role["entity"][0]["what"]["type"] == "PractitionerRole"
    assert [each["what"]["reference"] for each in role["entity"][1:]] == [f"Practitioner/{someone}"]
    roles = {each["type"]["coding"][0]["code"] for each in read["agent"]}
    assert {"110152", "110153"} <= roles
    (search,) = [each for each in await events(world) if each["subtype"][0]["code"] == "search-type"][-1:]
    assert (search["meta"]["profile"], search["entity"][0]["description"]) == (
        [f"{BALP}Query"],
        "Practitioner",
    )
    assert "secret" not in str(await events(world)), "no values"
    for event in (read, search, update):
        get_fhir_model_class("AuditEvent").model_validate(event)
        xml = await world.auditor.get(f"{EVENTS}/{event['id']}?_format=xml")
        get_fhir_model_class("AuditEvent").model_validate_xml(xml.body)
        assert (await world.auditor.get(f"{EVENTS}/{event['id']}")).json == event


async def test_they_are_found_by_time_agent_and_entity(world: World, token):
    someone, _ = await hired(world.hris, "E1A")
    other = world.hris.using(token("hris", units=("SL",), subject="another-client"))
    before = now().isoformat()
    for client in (world.hris, other):
        assert (await client.get(f"{FHIR}/Practitioner/{someone}")).status == 200
    found = await events(world, entity=someone)
    keys = [each["agent"][0]["who"]["identifier"]["value"] for each in found]
    assert len(set(keys)) == 2
    by = {"agent:identifier": f"urn:steward:sign-in|{keys[1]}", "entity": someone}
    assert await events(world, **by) == found[1:]
    assert await events(world, entity=someone, date=f"ge{before}") == found
    assert await events(world, entity=someone, date=f"lt{before}") == []
    assert await events(world, agent=f"Practitioner/{someone}") == [], "they signed in by nothing"
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    await world.sealed()
    body = f"date=ge2000&entity={someone}".encode()
    posted = await world.auditor.post(f"{EVENTS}/_search", data=body, headers=form)
    shown = [each["resource"] for each in posted.json["entry"]]
    assert shown[: len(found)] == found


async def test_others_read_nothing_and_nobody_writes(world: World, token):
    someone, _ = await hired(world.hris, "E1A")
    assert (await world.hris.get(f"{FHIR}/Practitioner/{someone}")).status == 200
    (event,) = await events(world, entity=someone)
    for who in ("hris", "ops", "programme-manager", "leader", "service"):
        client = world.hris.using(token(who, units=("SL",)))
        for path in (f"{EVENTS}?date=ge2000", f"{EVENTS}/{event['id']}", f"{EVENTS}?nonsense=1"):
            assert outcome(await client.get(path)) == (403, "role-missing"), (who, path)
    north = world.hris.using(token("auditor", units=("SL-N",), subject="auditor-north"))
    assert await events(world, north, entity=someone) == []
    assert outcome(await north.get(f"{EVENTS}/{event['id']}")) == (404, "resource-unknown")
    east = world.hris.using(token("auditor", units=("SL-E",), subject="auditor-east"))
    assert event in await events(world, east, entity=someone)
    kind = {"Content-Type": "application/fhir+json"}
    for method, path in (("POST", EVENTS), ("PUT", f"{EVENTS}/{event['id']}")):
        refused = await world.auditor.call(method, path, json=event, headers=kind)
        assert refused.status in (403, 404), refused.body
    assert (await world.auditor.call("DELETE", f"{EVENTS}/{event['id']}")).status == 405


async def test_of_several_in_an_entry_only_those_inside_are_found_and_shown(world: World, token):
    """A search that named people of two regions tells neither region's auditor of the other's."""
    one, _ = await hired(world.hris, "E1A")
    two, _ = await hired(world.hris, "SL-N")
    assert (await world.hris.get(f"{FHIR}/Practitioner", params={"_id": f"{one},{two}"})).status == 200
    north = world.hris.using(token("auditor", units=("SL-N",), subject="auditor-north"))
    assert await events(world, north, entity=one) == []
    (event,) = await events(world, north, entity=two)
    assert [each["what"]["reference"] for each in event["entity"][1:]] == [f"Practitioner/{two}"]
    assert [each["valueUnsignedInt"] for each in event["extension"]][:1] == [2]
    entries = [(await north.get(AUDIT, params={"person": each})).json["items"] for each in (one, two)]
    assert [event["id"] in {each["entry_id"] for each in found} for found in entries] == [False, True]
    assert entries[0] == []


async def test_reading_them_is_audited(world: World):
    someone, _ = await hired(world.hris, "E1A")
    assert (await world.hris.get(f"{FHIR}/Practitioner/{someone}")).status == 200
    await events(world, entity=someone)
    assert [each["operation"] for each in await world.entries(person=someone)][-1] == f"GET {EVENTS}"


@pytest.mark.parametrize(
    "query",
    ["", "entity=Practitioner/1", "date=yesterday", "date=ge2000&agent:identifier=urn:x|1", "date=ge2000&name=x",
     "date=ge2000&_cursor=WyJ4Il0", "date=ge2000&entity=Location/E1A", "date=%00"],
)  # fmt: skip
async def test_a_search_that_is_not_understood_is_refused(world: World, query: str):
    assert outcome(await world.auditor.get(f"{EVENTS}?{query}")) == (400, "search-invalid")


@pytest.mark.parametrize(
    ("operation", "code", "kind"),
    [
        ("GET /fhir/r4/PractitionerRole/_history", "history-type", "PractitionerRole"),
        ("POST /fhir/r4/Practitioner/_search", "search-type", "Practitioner"),
        ("POST /fhir/r4/Practitioner", "create", "Practitioner"),
        ("POST /fhir/r4", "transaction", ""),
        ("PUT /fhir/r4/Practitioner", "update", "Practitioner"),
    ],
)
async def test_what_an_operation_is_in_fhir(operation: str, code: str, kind: str):
    done, of = interaction(operation)
    assert (done.code, of) == (code, kind)
