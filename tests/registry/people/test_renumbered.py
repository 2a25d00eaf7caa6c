"""Who comes back under a new number of the same system is the same person, with one history."""

from tests.registry.builders import made, person, source_client
from tests.registry.imports.test_people import load

ROLE = {"role_code": "ward-manager", "unit_code": "E1A"}


def codes(report):
    return [each["code"] for each in report["rejected"]]


def held(number: str, name: str, valid_from: str):
    return {"external_id": name, "person_external_id": number, "valid_from": valid_from, **ROLE}


async def test_a_line_with_the_former_number_is_of_the_same_person(registry):
    before = person(external_id="old-1")
    await load(registry, before)
    await load(registry, held("old-1", "old-post", "2020-01-01"), kind="posts")
    await load(registry, {"external_id": "old-1", "on": "2024-01-01", "reason": "resigned"}, kind="leavers")
    (gone,) = (await registry.get("/v1/people?external_id=old-1")).json["items"]
    await registry.patch(f"/v1/people/{gone['person_id']}", json={"active": True}, if_match="*")
    again = {**before, "external_id": "new-1", "former_external_id": "old-1", "cadre": "Midwife"}
    assert (await load(registry, again))["updated"] == 1
    for _ in range(2):
        assert (await load(registry, again))["unchanged"] == 1
    (found,) = (await registry.get("/v1/people?external_id=new-1")).json["items"]
    assert (found["person_id"], found["cadre"]) == (gone["person_id"], "Midwife")
    assert (await load(registry, held("new-1", "new-post", "2025-01-01"), kind="posts"))["created"] == 1
    ended = held("old-1", "old-post", "2020-01-01") | {"valid_to": "2023-12-31"}
    assert (await load(registry, ended, kind="posts"))["unchanged"] == 1, "the old number's posts are theirs"
    posts = (await registry.get("/v1/posts", params={"person": gone["person_id"]})).json["items"]
    assert [(each["valid_from"], each["end_reason"]) for each in posts] == [
        ("2020-01-01", "resigned"), ("2025-01-01", None),
    ]  # fmt: skip


async def test_the_former_number_neither_changes_nor_ends_anybody(registry):
    before = person(external_id="old-2")
    await load(registry, before)
    again = {**before, "external_id": "new-2", "former_external_id": "old-2"}
    await load(registry, again)
    report = await load(registry, {**before, "cadre": "Other"}, again)
    assert (codes(report), report["unchanged"]) == (["identifier-superseded"], 1)
    leaving = await load(registry, {"external_id": "old-2", "on": "2024-01-01"}, kind="leavers")
    assert codes(leaving) == ["identifier-superseded"]
    refused = await registry.post("/v1/people", json=before)
    assert (refused.status, refused.code) == (409, "external-id-taken")


async def test_former_numbers_that_cannot_be(registry):
    first, second = person(external_id="old-3"), person(external_id="old-4")
    await load(registry, first, second)
    lines = [
        {**first, "external_id": "new-3", "former_external_id": "never"},
        {**first, "external_id": "old-4", "former_external_id": "old-3"},
        {**first, "external_id": "old-3", "former_external_id": "old-3"},
        {**first, "external_id": "new-4", "former_external_id": "old-4"},
        {**first, "external_id": "new-5", "former_external_id": "old-4"},
    ]
    report = await load(registry, *lines)
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [
        (line, "former-unknown") for line in (1, 2, 3, 5)
    ]
    assert report["received"] == report["unchanged"] + report["updated"] + 4


async def test_nobody_outside_is_renumbered(registry, token):
    """By a client of the system whose units are others."""
    client = await source_client(registry, token, "renumbers-all", "renumbers-apart")
    north = await source_client(registry, token, "renumbers-north", "renumbers-apart", units=("SL-N",))
    about = person(external_id="apart-1")
    await load(client, about)
    await load(client, held("apart-1", "apart-1", "2020-01-01"), kind="posts")
    report = await load(north, {**about, "external_id": "apart-2", "former_external_id": "apart-1"})
    assert codes(report) == ["former-unknown"]
    assert (await load(client, about))["unchanged"] == 1


async def test_one_person_is_renumbered_by_hand(registry, token):
    client = await source_client(registry, token, "renumbers")
    about = person(external_id="by-hand-1")
    person_id = (await made(client, "/v1/people", about))["person_id"]
    at = f"/v1/people/{person_id}/identifiers/renumbers"
    body = {"value": "by-hand-2", "renumbered": True}
    assert (await client.put(at, json=body, if_match="*")).json["external_id"] == "by-hand-2"
    assert codes(await load(client, about)) == ["identifier-superseded"]
    back = await client.put(at, json={"value": "by-hand-1", "renumbered": True}, if_match="*")
    assert back.json["external_id"] == "by-hand-1", "and back again"
    assert (await load(client, about))["unchanged"] == 1
    assert codes(await load(client, {**about, "external_id": "by-hand-2"})) == ["identifier-superseded"]


async def test_a_former_number_of_somebody_elsewhere_is_nobodys(registry, token):
    """A client of another region, of the same system, learns of nobody by numbers that were once somebody's."""
    await load(registry, person(external_id="far-1"))
    await load(registry, held("far-1", "far-post", "2020-01-01"), kind="posts")
    await load(registry, person(external_id="far-2", former_external_id="far-1"))
    north = registry.using(token("hris", units=("SL-N",), subject="hris"))
    leaving = [{"external_id": number, "on": "2024-01-01"} for number in ("far-1", "far-2", "nobody-1")]
    assert codes(await load(north, *leaving, kind="leavers")) == ["person-unknown"] * 3
    moved = {"unit_code": "SL-N", "role_code": "ward-manager", "valid_from": "2024-01-01"}
    posts = [
        {"external_id": f"p-{number}", "person_external_id": number, **moved}
        for number in ("far-1", "far-2", "nobody-1")
    ]
    assert codes(await load(north, *posts, kind="posts")) == ["person-unknown"] * 3
    again = [
        person(external_id=f"n-{number}", former_external_id=number)
        for number in ("far-1", "far-2", "nobody-1")
    ]
    assert codes(await load(north, *again)) == ["former-unknown"] * 3
