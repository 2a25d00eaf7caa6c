"""Source systems are registered, changed and retired by administrators."""

from tests.registry.builders import made, person, source_client, source_system
from tests.registry.imports.test_people import NDJSON, load


async def test_a_system_is_registered_and_changed(registry, token):
    administrator = registry.using(token("ops"))
    new = await made(
        administrator, "/v1/source-systems", source_system("ihris", sends=["posts", "people", "posts"])
    )
    assert new == {"code": "ihris", "version": 1, "name": "System ihris", "kind": "hris",
                   "sends": ["people", "posts"], "retired": False, "uri": None}  # fmt: skip
    again = await administrator.post("/v1/source-systems", json=source_system("ihris"))
    assert (again.status, again.code) == (409, "source-system-exists")
    assert [each["pointer"] for each in again.json["errors"]] == ["/code"]
    at = "/v1/source-systems/ihris"
    assert (await administrator.patch(at, json={"name": "iHRIS"})).code == "if-match-required"
    assert (await administrator.patch(at, json={"name": "iHRIS"}, if_match='"7"')).code == "stale-etag"
    changed = await administrator.patch(at, json={"name": "iHRIS"}, if_match='"1"')
    assert (changed.json["name"], changed.json["version"]) == ("iHRIS", 2)
    same = await administrator.patch(at, json={"name": "iHRIS"}, if_match='"2"')
    assert same.json["version"] == 2, "nothing new, no version"
    taken = await administrator.patch(at, json={"code": "local"}, if_match='"2"')
    assert (taken.status, taken.code) == (409, "source-system-exists")
    unknown = await administrator.get("/v1/source-systems/nothing")
    assert (unknown.status, unknown.code) == (404, "source-system-unknown")
    listed = (await registry.get("/v1/source-systems")).json["items"]
    assert {"ihris", "local"} <= {each["code"] for each in listed}


async def test_what_a_body_gets_wrong_is_named(registry, token):
    administrator = registry.using(token("ops"))
    for values, pointer in (
        ({"sends": []}, "/sends"),
        ({"sends": ["names"]}, "/sends/0"),
        ({"kind": "abacus"}, "/kind"),
        ({"code": "a b"}, "/code"),
        ({"name": " "}, "/name"),
        ({"uri": "no uri"}, "/uri"),
        ({"uri": "urn:steward:unit"}, "/uri"),
        ({"shoe": 42}, "/shoe"),
    ):
        refused = await administrator.post("/v1/source-systems", json=source_system("wrong") | values)
        assert (refused.status, refused.code) == (422, "input-invalid")
        assert [each["pointer"] for each in refused.json["errors"]] == [pointer]
    assert (await administrator.get("/v1/source-systems/wrong")).status == 404


async def test_under_another_code_it_is_the_same_system(registry, token):
    client = await source_client(registry, token, "renamed-1", "client-renamed")
    about = person()
    await load(client, about)
    administrator = registry.using(token("ops"))
    at = "/v1/source-systems/client-renamed"
    renamed = await administrator.patch(at, json={"code": "renamed", "name": "HRIS"}, if_match='"1"')
    assert renamed.headers["Location"] == "/v1/source-systems/renamed"
    assert (await load(client, about))["unchanged"] == 1
    (found,) = (await client.get(f"/v1/people?external_id={about['external_id']}&system=renamed")).json[
        "items"
    ]
    assert found["identifiers"] == [{"system": "renamed", "value": about["external_id"]}]


async def test_a_retired_system_takes_nothing_and_is_still_read(registry, token):
    client = await source_client(registry, token, "retiring")
    about = person()
    await load(client, about)
    administrator = registry.using(token("ops"))
    at = "/v1/source-systems/retiring"
    retired = await administrator.patch(at, json={"retired": True}, if_match='"1"')
    assert retired.json["retired"] is True
    refused = await client.post("/v1/imports/people", data=b"{}", headers=NDJSON)
    assert (refused.status, refused.code) == (409, "source-system-retired")
    assert (await client.post("/v1/people", json=person())).code == "source-system-retired"
    found = (await client.get(f"/v1/people?external_id={about['external_id']}")).json["items"]
    assert [each["external_id"] for each in found] == [about["external_id"]]
    assert (await administrator.patch(at, json={"retired": False}, if_match='"2"')).status == 200
    assert (await load(client, about))["unchanged"] == 1


async def test_a_system_sends_what_it_is_registered_for(registry, token):
    client = await source_client(registry, token, "payroll")
    at = "/v1/source-systems/payroll"
    await registry.using(token("ops")).patch(at, json={"sends": ["people"]}, if_match='"1"')
    assert (await load(client, person()))["created"] == 1
    refused = await client.post("/v1/imports/posts", data=b"{}", headers=NDJSON)
    assert (refused.status, refused.code) == (403, "records-not-sent")


async def test_a_system_that_is_not_ones_own_is_refused(registry, token):
    client = await source_client(registry, token, "own-system")
    for system, status, code in (
        ("local", 403, "source-system-not-bound"),
        ("no-such", 422, "source-system-unknown"),
    ):
        for kind in ("people", "posts", "leavers"):
            refused = await client.post(f"/v1/imports/{kind}?system={system}", data=b"{}", headers=NDJSON)
            assert (refused.status, refused.code) == (status, code)
        refused = await client.post(f"/v1/people?system={system}", json=person(external_id=None))
        assert (refused.status, refused.code) == (status, code)
