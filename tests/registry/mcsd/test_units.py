"""Units as Location, Organization and OrganizationAffiliation: read and found."""

from random import Random
from urllib.parse import urlencode

import orjson
import pytest
from yarl import URL

from services.registry.mcsd.capability import SEARCHED
from services.registry.mcsd.queries.conditions import PARAMETERS
from tests.in_process import InProcess
from tests.registry.builders import hired, made, source_client, unit
from tests.registry.mcsd.asking import FHIR, found, outcome, page
from tests.served import application

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_facility_is_a_pair_and_a_jurisdiction_too(registry):
    place = (await registry.get(f"{FHIR}/Location/E1A")).json
    responsible = (await registry.get(f"{FHIR}/Organization/E1A")).json
    assert place["managingOrganization"] == {"reference": "Organization/E1A"}
    assert place["partOf"] == {"reference": "Location/SL-E-1"}
    assert (place["status"], responsible["active"]) == ("active", True)
    for resource in (place, responsible):
        assert resource["type"][0]["coding"][0]["code"] == "facility"
    assert (await registry.get(f"{FHIR}/Location/SL")).json["type"][0]["coding"][0]["code"] == "jurisdiction"
    assert "partOf" not in (await registry.get(f"{FHIR}/Organization/SL")).json
    affiliated = (await registry.get(f"{FHIR}/OrganizationAffiliation/E1A")).json
    assert affiliated["organization"] == {"reference": "Organization/SL-E-1"}
    assert affiliated["period"] == {"start": "2020-01-01"}
    refused = await registry.get(f"{FHIR}/OrganizationAffiliation/SL")
    assert outcome(refused) == (404, "resource-unknown")


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("Location", {"type": "facility"}, ["E1A", "E1B"]),
        ("Location", {"type": "urn:steward:unit-level|district,region"}, ["SL-E", "SL-E-1", "SL-N"]),
        ("Location", {"type:not": "facility"}, ["SL", "SL-E", "SL-E-1", "SL-N"]),
        ("Location", {"organization": "Organization/E1B"}, ["E1B"]),
        ("Location", {"status": "inactive"}, []),
        ("Location", {"name": "unit e1"}, ["E1A", "E1B"]),
        ("Location", {"name": "e1a"}, []),
        ("Location", {"name:contains": "e1a"}, ["E1A"]),
        ("Location", {"name:exact": "unit E1A"}, []),
        ("Location", {"identifier": "urn:steward:unit|E1A"}, ["E1A"]),
        ("Location", {"identifier": "E1A,E1B"}, ["E1A", "E1B"]),
        ("Location", {"identifier": "urn:other|E1A"}, []),
        ("Organization", {"partof": "Organization/SL"}, ["SL-E", "SL-N"]),
        ("Organization", {"_id": "SL,SL-N"}, ["SL", "SL-N"]),
        ("Organization", {"active": "false"}, []),
        ("Organization", {"_lastUpdated": "ge2020-01-01", "partof": "SL"}, ["SL-E", "SL-N"]),
        ("Organization", {"_lastUpdated": "lt2020"}, []),
        ("OrganizationAffiliation", {"primary-organization": "SL"}, ["SL-E", "SL-N"]),
        ("OrganizationAffiliation", {"date": "2019", "primary-organization": "SL"}, []),
        ("OrganizationAffiliation", {"date": "ge2019", "primary-organization": "SL"}, ["SL-E", "SL-N"]),
        ("OrganizationAffiliation", {"date": "sa2019", "participating-organization": "SL-N"}, ["SL-N"]),
        ("OrganizationAffiliation", {"role": "member", "participating-organization": "SL-N"}, ["SL-N"]),
    ],
)
async def test_what_is_searched_is_found(registry, path, params, expected):
    at = {"_count": "200", **params}
    assert [each for each in await found(registry, path, **at) if each in PLANTED] == expected


PLANTED = ("SL", "SL-E", "SL-N", "SL-E-1", "E1A", "E1B")


async def test_a_search_by_post_is_the_same(registry):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    at = f"{FHIR}/Location/_search"
    asked = await registry.post(at, data="type=facility&_id=E1A", headers=form)
    assert [each["resource"]["id"] for each in asked.json["entry"]] == ["E1A"]
    assert outcome(await registry.post(at, json={"type": "facility"})) == (415, "media-type-unsupported")


async def test_near_is_a_circle(registry):
    here = await made(registry, "/v1/units", unit("NEAR", latitude=8.0, longitude=-11.0))
    await made(registry, "/v1/units", unit("FAR", latitude=8.0, longitude=-12.0))
    assert await found(registry, "Location", near="8.0|-11.05|10|km") == [here["unit_code"]]
    assert await found(registry, "Location", near="8.0|-11.05|3") == []
    assert await found(registry, "Location", near="8.0|-11.5|60000|m") == ["FAR", "NEAR"]
    for wrong in ("8.0", "8.0|x", "91|0", "8|8|1|parsec", "8|8|1|km|more"):
        assert outcome(await registry.get(f"{FHIR}/Location", params={"near": wrong}))[0] == 400


async def test_what_comes_with_matches(registry):
    with_pair = {"_id": "E1A", "_include": "Location:organization"}
    assert (await page(registry, "Location", **with_pair))[1] == ["Organization/E1A"]
    both = {"_id": "SL-E-1", "_revinclude": "Organization:partof,Location:organization"}
    expected = ["Organization/E1A", "Organization/E1B", "Location/SL-E-1"]
    assert (await page(registry, "Organization", **both))[1] == expected
    affiliated = {"_id": "SL", "_revInclude": "OrganizationAffiliation:primary-organization"}
    expected = ["OrganizationAffiliation/SL-E", "OrganizationAffiliation/SL-N"]
    assert (await page(registry, "Organization", **affiliated))[1] == expected
    assert (await page(registry, "Organization", _id="E1A", _include="Organization:endpoint"))[1] == []
    wrong = await registry.get(f"{FHIR}/Location", params={"_include": "Practitioner:x"})
    assert outcome(wrong) == (400, "search-invalid")


async def test_pages_follow_one_another_without_loss_or_double(registry):
    whole = await found(registry, "Location", _count="200")
    assert (await registry.get(f"{FHIR}/Location?_summary=count")).json["total"] == len(whole)
    seen, link = [], f"{FHIR}/Location?_count=2&_total=accurate"
    while link:
        answer = (await registry.get(link)).json
        seen += [each["resource"]["id"] for each in answer["entry"]]
        following = [each["url"] for each in answer["link"] if each["relation"] == "next"]
        link = following[0].removeprefix(registry.url) if following else ""
    assert seen == whole


async def test_identifiers_of_source_systems(registry, token):
    client = await source_client(registry, token, "mfl", "mfl")
    code = (await made(registry, "/v1/units", unit()))["unit_code"]
    await client.put(f"/v1/units/{code}/identifiers/mfl", json={"value": "M-1"}, if_match='"1"')
    for wanted in ("M-1", "urn:steward:source-system:mfl|M-1", "urn:steward:source-system:mfl|"):
        assert await found(registry, "Organization", identifier=wanted) == [code]
    shown = (await registry.get(f"{FHIR}/Location/{code}")).json["identifier"]
    assert {"system": "urn:steward:source-system:mfl", "value": "M-1"} in shown


async def test_a_code_with_an_underscore_has_an_id(registry):
    await made(registry, "/v1/units", unit("A_B"))
    (id_,) = await found(registry, "Location", identifier="A_B")
    assert id_ == "-u415f42"
    assert (await registry.get(f"{FHIR}/Location/{id_}")).json["identifier"][0]["value"] == "A_B"


@pytest.mark.parametrize(
    "query",
    ["nmae=x", "name:begins=x", "active=yes", "_count=x", "_cursor=x", "_lastUpdated=2026-13",
     "partof=Location/SL", "name=", "_lastUpdated=xx2026", "_include:iterate=Organization:partof"],
)  # fmt: skip
async def test_a_search_that_is_not_understood_is_refused(registry, query):
    assert outcome(await registry.get(f"{FHIR}/Organization?{query}")) == (400, "search-invalid")


async def test_who_reads_no_units_reads_none_here(registry, token):
    for path in ("Location", "Location/E1A", "Organization", "OrganizationAffiliation/E1A"):
        refused = await registry.using(token("service")).get(f"{FHIR}/{path}")
        assert outcome(refused) == (403, "role-missing")
    assert outcome(await registry.using(None).get(f"{FHIR}/metadata"))[0] == 401
    assert outcome(await registry.get(f"{FHIR}/Patient")) == (404, "resource-type-unknown")


async def test_the_statement_names_what_is_searched(registry):
    statement = (await registry.get(f"{FHIR}/metadata")).json
    kinds = {each["type"]: each for each in statement["rest"][0]["resource"]}
    assert {kind: dict.fromkeys(known) for kind, known in SEARCHED.items()} == {
        kind: dict.fromkeys(sorted(known)) for kind, known in PARAMETERS.items()
    }
    assert kinds.keys() == PARAMETERS.keys() | {"Binary", "AuditEvent"}


@pytest.mark.parametrize(
    "query",
    ["name=%00", "identifier=a%00b", "identifier=%ED%A0%80", "_id=%00", "type=%7C", "_lastUpdated=0000",
     "_lastUpdated=9999-12-31T23:59:59.999999999Z", "_lastUpdated=ge9999", "_cursor=WzFd", "_cursor=W10",
     "_cursor=WyJcdTAwMDAiXQ", "_count=99999999999999999999", "partof=%00", "name=" + "%5C" * 900,
     "identifier=" + "%7C" * 500, "near=1%7C1%7C1%7C1%7C1", "_include=" + ":" * 50],
)  # fmt: skip
async def test_nonsense_is_an_outcome_or_nothing_but_never_a_failure(registry, query):
    for path in ("Location", "Location/_history"):
        answer = await registry.get(URL(f"{registry.url}{FHIR}/{path}?{query}", encoded=True).raw_path_qs)
        assert answer.status in (200, 400, 422), answer.body
        assert answer.json["resourceType"] == ("Bundle" if answer.status == 200 else "OperationOutcome")


async def test_searches_of_anything_for_anything(registry):
    """Every parameter of every resource with what is none of its values, by GET and by POST."""
    chance, form = Random(11), {"Content-Type": "application/x-www-form-urlencoded"}
    for kind, known in SEARCHED.items():
        for name in (*known, "_id", "_lastUpdated", "_count", "_cursor", "_include", "_revinclude", "_total"):
            pairs = [(name + chance.choice(MODIFIERS), value) for value in chance.sample(NONSENSE, 3)]
            body = urlencode(pairs[:1] if chance.random() < 0.5 else pairs).encode("utf-8", "replace")
            answer = await registry.post(f"{FHIR}/{kind}/_search", data=body, headers=form)
            assert answer.status in (200, 400, 422), (kind, body, answer.body[:300])
            assert answer.json["resourceType"] == ("Bundle" if answer.status == 200 else "OperationOutcome")
    for body in (
        b"%",
        b"a=%ff%fe",
        b"=",
        b"&&&",
        b"near",
        b"near=8|8&near=" + b"9" * 9000,
        b"a=1;b=2",
        b"\0=\0",
    ):
        answer = await registry.post(f"{FHIR}/Location/_search", data=body, headers=form)
        assert answer.status in (200, 400), (body[:40], answer.body[:300])
    for value in NEAR:
        answer = await registry.post(
            f"{FHIR}/Location/_search", data=urlencode({"near": value}), headers=form
        )
        assert answer.status in (200, 400), (value, answer.body[:300])


MODIFIERS = ("", "", "", ":not", ":exact", ":contains", ":Location", ":missing", ":x" * 40)
NONSENSE = (
    "\0", "|", "||", "a|b|c", ",", "\\", "\\,", "$", "true", "yes", "-1", "1e309", "NaN", "9" * 400, "ge", "%",
    "gt2026-99-99", "2026-02-30", "9999-12-31T23:59:59.999999999Z", "Location/", "Practitioner/../x", "\u202e",
    "http://x/Location/1", "\U0001f600" * 50, "' or 1=1 --", "{}", "WyIvIl0", "WyIvXHUwMDAwIl0", "a:b:X",
)  # fmt: skip
NEAR = (
    "90|180", "-90|-180|0", "0|0|20100|km", "90.0000001|0", "0|180.1", "1e5|0", "0|0|-1", "0|0|1|KM", "0|0||km",
    "|", "0|0|0.000000000001|m", "+1|+1|1|km", " 1|1", "1|1|1|km,2|2|1|mi", "٨|1", "1_0|1", "0x1|1", "inf|0",
)  # fmt: skip


async def test_the_face_in_every_mode(registry, settings, serve, token):
    """At a hub there are no people, and nothing about them is looked at; units are there in every mode."""
    person_id, post_id = await hired(registry, "E1A")
    app = application(settings("registry"))
    await serve(app)
    known, asks = app.state.settings, InProcess(app)
    hris = token("hris", units=("SL",))
    of_people = [("GET", f"Practitioner/{person_id}"), ("GET", f"PractitionerRole/{post_id}/_history/1")]
    of_people += [
        ("GET", path) for path in ("Practitioner", "PractitionerRole/_history", "Practitioner?name=a")
    ]
    of_people += [
        ("POST", "Practitioner/_search"),
        ("POST", "Practitioner"),
        ("PUT", f"PractitionerRole/{post_id}"),
    ]
    kind = {"Content-Type": "application/fhir+json"}
    practitioner = {"resourceType": "Practitioner", "name": [{"family": "Kamara"}]}
    entry = {"resource": practitioner, "request": {"method": "POST", "url": "Practitioner"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    for changes in ({"federation": "hub"}, {"federation": "region"}, {"mode": "production"}):
        app.state.settings = known.model_copy(update=changes)
        hub = changes.get("federation") == "hub"
        unit_shown = await asks.call("GET", f"{FHIR}/Location/E1A", token=hris)
        assert (unit_shown.status, unit_shown.json["id"]) == (200, "E1A")
        kinds = (await asks.call("GET", f"{FHIR}/metadata", token=hris)).json["rest"][0]["resource"]
        assert ("Practitioner" in {each["type"] for each in kinds}) is not hub
        for method, path in of_people:
            answer = await asks.call(method, f"{FHIR}/{path}", token=hris, headers=kind)
            assert (answer.json["resourceType"] == "OperationOutcome" and answer.status == 404) is hub, path
            assert not hub or outcome(answer) == (404, "not-at-hub"), path
            refused = await asks.call(method, f"{FHIR}/{path}", token=token("service"), headers=kind)
            assert outcome(refused) == (403, "role-missing"), "the role comes first"
        sent = await asks.call("POST", FHIR, token=hris, headers=kind, data=orjson.dumps(bundle))
        assert (sent.status == 200) is not hub, sent.json
    app.state.settings = known
