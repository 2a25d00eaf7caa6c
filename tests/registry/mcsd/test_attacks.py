"""Data sources that would hide the past, speak for others, store without end, or keep the server busy."""

from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.registry.builders import hired, source_client
from tests.registry.mcsd.asking import FHIR, found, outcome
from tests.registry.mcsd.test_feed import LOCAL, location, practitioner, role, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = "of-somebody-else"


@pytest.mark.parametrize("kind", ["Location", "Practitioner"])
async def test_a_search_of_thousands_of_conditions_is_refused_before_it_costs_anything(registry, kind):
    names = ("name", "identifier") if kind == "Practitioner" else ("name", "type", "near", "_lastUpdated")
    for name in names:
        value = {"near": "8|8|8|km", "_lastUpdated": "ne2020"}.get(name, "a|b")
        sent_ = urlencode([(name, ",".join([value] * 200))] * 40).encode()
        answer = await registry.post(f"{FHIR}/{kind}/_search", data=sent_, headers=FORM)
        assert outcome(answer) == (400, "search-invalid"), name
    many = {"_id": ",".join(["SL"] * 200), "_count": "200"}
    assert await found(registry, "Location", **many) == ["SL"]
    scanned = await registry.get(f"{FHIR}/{kind}", params={"name": ",".join(["a"] * 21)})
    assert outcome(scanned) == (400, "search-invalid")


async def test_a_first_day_that_is_moved_does_not_withdraw_what_was_held(registry):
    who, post_id = await hired(registry, "E1A")
    moved = role(f"Practitioner/{who}", active=False, period={"start": "2099-01-01"})
    answer = await sent(registry, f"PractitionerRole/{post_id}", moved, "PUT")
    assert outcome(answer) == (409, "history-changed")
    assert (await registry.get(f"/v1/posts/{post_id}")).json["valid_from"] == "2025-01-01"


async def test_what_is_not_there_has_no_version_to_change(registry):
    for path, resource in (
        ("Location/NOT-THERE", location("not-there")),
        (f"Location?identifier={LOCAL}|not-there", location("not-there")),
        (f"Practitioner?identifier={LOCAL}|not-there", practitioner("not-there")),
    ):
        answer = await sent(registry, path, resource, "PUT", if_match='W/"7"')
        assert outcome(answer) == (412, "stale-etag")
    assert (await registry.get("/v1/units/NOT-THERE")).status == 404
    assert await found(registry, "Practitioner", identifier="not-there") == []


async def test_a_system_that_has_no_say_is_not_shown_either(registry, token):
    decides = await source_client(registry, token, "decides")
    other = await source_client(registry, token, "other")
    administrator = registry.using(token("ops"))
    for field in ("family_name", "cadre"):
        order = {"systems": ["decides", "other"]}
        answer = await administrator.put(f"/v1/field-precedence/{field}", json=order, if_match='"0"')
        assert answer.status == 200, answer.json
    nurse, clerk = ([{"code": {"text": text}}] for text in ("Nurse", "Clerk"))
    own = [{"system": "urn:steward:source-system:decides", "value": "1"}]
    known = (await sent(decides, "Practitioner", practitioner(identifier=own, qualification=nurse))).json
    name = [{"use": "official", "family": "Imposed", "given": ["Aminata", "B."]}]
    for identifiers in ([{"system": "urn:steward:source-system:other", "value": "2"}], []):
        put = practitioner(identifier=identifiers, name=name, qualification=clerk)
        answer = await sent(other, f"Practitioner/{known['id']}", put, "PUT")
        assert answer.status == 200, answer.json
        shown = (await registry.get(f"{FHIR}/Practitioner/{known['id']}")).json
        assert (shown["name"][0]["family"], shown["qualification"]) == ("Kamara", nurse), identifiers


async def test_of_people_nothing_is_stored_beside_what_steward_has(registry):
    extension = [{"url": "urn:x", "valueString": SECRET}]
    name = {
        "use": "official",
        "prefix": ["Dr"],
        "family": "Kamara",
        "given": ["Aminata"],
        "extension": extension,
    }
    code = {"coding": [{"system": "urn:c", "code": "N", "extension": extension}], "text": "Nurse"}
    more = {"identifier": [{"value": SECRET}], "issuer": {"display": SECRET}, "extension": extension}
    others = [{"code": {"text": SECRET}}]
    created = await sent(
        registry,
        "Practitioner",
        practitioner(
            "more",
            name=[name, {"use": "maiden", "family": SECRET}],
            qualification=[{"code": code, **more}, *others],
        ),
    )
    assert created.status == 201, created.json
    shown = await registry.get(f"{FHIR}/Practitioner/{created.json['id']}")
    assert SECRET.encode() not in created.body + shown.body
    assert shown.json["name"] == [
        {"use": "official", "family": "Kamara", "given": ["Aminata"], "prefix": ["Dr"]}
    ]
    assert shown.json["qualification"] == [
        {"code": {"coding": [{"system": "urn:c", "code": "N"}], "text": "Nurse"}}
    ]


async def test_what_comes_back_as_sent_is_bounded(registry):
    large = location("large", description="x" * 40_000)
    assert outcome(await sent(registry, "Location", large)) == (422, "too-long")
    assert await found(registry, "Location", identifier=f"{LOCAL}|large") == []


ORGANIZATION = {"resourceType": "Organization", "name": "Partner"}
SERVICE = {"resourceType": "HealthcareService", "name": "ANC", "type": [{"text": "ANC"}]}


def ward(within: str, **values: Any) -> dict[str, Any]:
    part = {"partOf": {"reference": f"Location/{within}"}}
    return {
        "resourceType": "Location",
        "status": "active",
        "name": "Ward",
        "type": [{"text": "ward"}],
        **part,
        **values,
    }


async def test_what_is_no_record_is_kept_by_who_keeps_its_unit(registry, token):
    north = await source_client(registry, token, "north-directory", units=("SL-N",))
    assert (await sent(north, "Location/ward-n", ward("SL-N"), "PUT")).status == 201
    assert (await sent(registry, "Location/ward-e", ward("E1A"), "PUT")).status == 201
    inside = {**SERVICE, "location": [{"reference": "Location/ward-e"}]}
    assert (await sent(registry, "HealthcareService/anc", inside, "PUT")).status == 201
    for path, resource in (
        ("Location/ward-e", ward("SL-N")),  # theirs, brought here
        ("Location/ward-n", ward("E1A")),  # ours, brought there
        ("HealthcareService/anc", SERVICE),
        ("HealthcareService/mine", inside),  # by a ward of theirs
        ("Organization/mine", ORGANIZATION),  # of no unit
    ):
        assert outcome(await sent(north, path, resource, "PUT")) == (403, "unit-out-of-scope"), path
    assert (await registry.get(f"{FHIR}/Location/ward-e")).json["partOf"] == {"reference": "Location/E1A"}
    assert await found(north, "Location", name="ward", _count="200") == ["ward-n"]
    assert (await north.get(f"{FHIR}/HealthcareService/anc")).status == 200, "as units, it is no secret"
    for who in (token("ops"), token("programme-manager", units=("SL",))):
        assert outcome(await sent(registry.using(who), "Endpoint", {"resourceType": "x"})) == (
            403,
            "role-missing",
        )


async def test_references_lead_somewhere(registry):
    for path, resource, at in (
        ("HealthcareService/x", {**SERVICE, "location": [{"reference": "Location/NO"}]}, "location"),
        ("HealthcareService/x", {**SERVICE, "providedBy": {"reference": "Practitioner/1"}}, "providedBy"),
        ("HealthcareService/x", {**SERVICE, "endpoint": [{"display": "none"}]}, "endpoint"),
        (
            "Organization/x",
            {**ORGANIZATION, "partOf": {"reference": "https://other.example/Organization/1"}},
            "partOf",
        ),
    ):
        refused = await sent(registry, path, resource, "PUT")
        assert outcome(refused) == (422, "reference-unresolved"), refused.json
        assert refused.json["issue"][0]["expression"] == [f"{resource['resourceType']}.{at}"]
        assert (await registry.get(f"{FHIR}/{path}")).status == 404
    loop = {**ORGANIZATION, "partOf": {"reference": "Organization/loop"}}
    assert (await sent(registry, "Organization/loop", ORGANIZATION, "PUT")).status == 201
    assert (await sent(registry, "Organization/loop", loop, "PUT")).status == 200, (
        "of no unit, however long it is read"
    )
    long = {**ORGANIZATION, "alias": ["x" * 40_000]}
    assert outcome(await sent(registry, "Organization/long", long, "PUT")) == (422, "too-long")
    many = {**ORGANIZATION, "identifier": [{"system": "urn:x", "value": str(n)} for n in range(100)]}
    assert outcome(await sent(registry, "Organization/long", many, "PUT")) == (422, "too-long")


async def test_a_location_does_not_turn_into_a_unit_nor_out_of_one(registry):
    assert (await sent(registry, "Location/turning", ward("E1A"), "PUT")).status == 201
    turned = await sent(registry, "Location/turning", location("turning"), "PUT")
    assert outcome(turned) == (422, "level-order")
    out = await sent(registry, "Location/E1B", ward("SL-E-1"), "PUT")
    assert outcome(out) == (422, "missing")
    assert (await registry.get("/v1/units/turning")).status == 404


async def test_the_contact_of_an_organization_has_no_name(registry):
    contact = {"name": {"text": SECRET}, "telecom": [{"system": "phone", "value": "+232 76 1"}]}
    made = await sent(registry, "Organization/contacted", {**ORGANIZATION, "contact": [contact]}, "PUT")
    assert made.json["contact"] == [{"telecom": contact["telecom"]}]
    shown = await registry.get(f"{FHIR}/Organization/contacted")
    assert SECRET.encode() not in made.body + shown.body


ACTIVE = '<div xmlns="http://www.w3.org/1999/xhtml"><script>x</script></div>'
NOT_TAKEN: dict[str, Any] = {
    "contained": [{**ORGANIZATION, "id": "inside", "text": {"status": "generated", "div": ACTIVE}}],
    "implicitRules": "https://rules.example",
    "modifierExtension": [{"url": "https://modifier.example", "valueBoolean": True}],
}


@pytest.mark.parametrize("element", NOT_TAKEN)
async def test_an_entry_of_a_bundle_has_nothing_that_is_not_taken_by_itself(registry, element):
    resource = {**ORGANIZATION, element: NOT_TAKEN[element]}
    entry = {"resource": resource, "request": {"method": "PUT", "url": f"Organization/with-{element}"}}
    for path, whole in (
        (f"Organization/with-{element}", resource),
        ("", {"resourceType": "Bundle", "type": "batch", "entry": [entry]}),
    ):
        refused = await sent(registry, path, whole, "PUT" if path else "POST")
        assert outcome(refused) == (422, "not-taken"), path
    assert (await registry.get(f"{FHIR}/Organization/with-{element}")).status == 404


async def test_what_an_index_cannot_hold_is_refused(registry):
    """Random, since PostgreSQL compresses the rest."""
    for long in (
        {"system": "https://a.example", "value": token_hex(3000)},
        {"system": f"urn:{token_hex(3000)}"},
    ):
        refused = await sent(registry, "Organization", {**ORGANIZATION, "identifier": [long]})
        assert outcome(refused) == (422, "too-long")
    most = {"system": "urn:a", "value": token_hex(980)}
    assert (await sent(registry, "Organization", {**ORGANIZATION, "identifier": [most]})).status == 201


@pytest.mark.parametrize("id_", ["%3Cscript%3E", "a%20b", "%D0%B6", "_history", "x" * 65])
async def test_an_id_has_the_form_of_one(registry, id_):
    assert outcome(await sent(registry, f"Organization/{id_}", ORGANIZATION, "PUT")) == (422, "malformed")
