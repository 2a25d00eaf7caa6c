"""Two records of one person become one: by who keeps both, with every door leading to the one that is left."""

import asyncio

from tests.registry.builders import hired, made, person, post, source_client
from tests.registry.matching.test_reviews import AT, found, known_as
from tests.registry.merged_people.asks import merge, unmerge


async def recorded_twice(client, unit: str = "E1A", **values):
    """Ids of two records of a person with a post each."""
    first, held = await hired(client, unit, values.get("first"))
    second, again = await hired(client, unit, values.get("second"), role_code="ward-manager")
    return first, second, held, again


async def test_what_was_of_both_is_of_the_one_that_is_left(registry):
    own, other = {"phone": None, "email": "a@example.org"}, {"phone": "076 555 111", "email": "b@example.org"}
    first, second, held, again = await recorded_twice(registry, first=own, second=other)
    answer = await merge(registry, first, second)
    assert answer.status == 200, answer.json
    assert {each["post_id"] for each in answer.json["posts"]} == {held, again}
    assert (answer.json["phone"], answer.json["email"]) == ("076 555 111", "a@example.org")
    assert answer.headers["ETag"] == f'"{answer.json["version"]}"'
    gone = await registry.get(f"/v1/people/{second}")
    assert (gone.status, gone.code) == (410, "person-merged")
    assert gone.headers["Location"] == f"/v1/people/{first}"
    listed = (await registry.get("/v1/people?under=E1A&limit=200")).json["items"]
    assert [each["person_id"] for each in listed].count(first) == 1
    assert second not in {each["person_id"] for each in listed}
    (one,) = (await registry.get(f"/v1/people/{first}/merges")).json["items"]
    assert (one["merged_id"], one["undone_at"]) == (second, None)


async def test_every_door_of_the_merged_record_names_the_other(registry):
    first, second, _, _ = await recorded_twice(registry)
    third, _ = await hired(registry, "E1A")
    await merge(registry, first, second)
    at = f"/v1/people/{second}"
    for refused in (
        await registry.patch(at, json={"cadre": "x"}, if_match="*"),
        await registry.delete(at, if_match="*"),
        await registry.get(f"{at}/versions"),
        await registry.get(f"/scim/v2/Users/{second}"),
        await merge(registry, second, third),
        await merge(registry, third, second),
        await unmerge(registry, second, first),
        await registry.post("/v1/posts", json=post(second, "E1B")),
    ):
        assert refused.status == 410, refused.json


async def test_identifiers_of_both_find_the_one_that_is_left(registry, token):
    one = await source_client(registry, token, "payroll-of-merged")
    other = await source_client(registry, token, "register-of-merged")
    first = (await made(one, "/v1/people", person(external_id="m-1")))["person_id"]
    await made(one, "/v1/posts", post(first, "E1A"))
    second = (await made(other, "/v1/people", person(external_id="r-1")))["person_id"]
    third = (await made(one, "/v1/people", person(external_id="m-2")))["person_id"]
    for merged in (second, third):
        assert (await merge(registry, first, merged)).status == 200
    for client, value in ((one, "m-1"), (other, "r-1")):
        (item,) = (await client.get(f"/v1/people?external_id={value}")).json["items"]
        assert item["person_id"] == first
    taken = await one.post("/v1/people", json=person(external_id="m-2"))
    assert (taken.status, taken.code) == (409, "external-id-taken")
    for merged in (third, second):
        assert (await unmerge(registry, first, merged)).status == 200
    for client, value, whose in ((one, "m-1", first), (other, "r-1", second), (one, "m-2", third)):
        (item,) = (await client.get(f"/v1/people?external_id={value}")).json["items"]
        assert item["person_id"] == whose


async def test_a_merge_needs_both_records_in_the_units_of_the_caller(registry, token):
    east, _ = await hired(registry, "E1A")
    north, _ = await hired(registry, "SL-N")
    for units in (("SL-E",), ("SL-N",)):
        one_side = registry.using(token("hris", units=units, subject="merges-one-side"))
        for pair in ((east, north), (north, east)):
            refused = await merge(one_side, *pair)
            nobody = await merge(one_side, *(east if units == ("SL-E",) else north, "0" * 8 + north[8:]))
            assert (refused.status, refused.code) == (404, "person-unknown") == (nobody.status, nobody.code)
    assert (await merge(registry, east, north)).status == 200
    east_only = registry.using(token("hris", units=("SL-E",), subject="merges-one-side"))
    refused = await unmerge(east_only, east, north)
    assert (refused.status, refused.code) == (404, "person-unknown"), "it keeps one of both after that"
    assert (await unmerge(registry, east, north)).status == 200


async def test_nobody_merges_into_their_own_record(registry, token, issuer):
    subjects = [{"iss": issuer.name, "sub": "merges-itself"}]
    own, _ = await hired(registry, "E1A", {"subjects": subjects})
    other, _ = await hired(registry, "E1A")
    itself = registry.using(token("hris", units=("SL",), subject="merges-itself"))
    for pair in ((own, other), (other, own)):
        refused = await merge(itself, *pair)
        assert (refused.status, refused.code) == (403, "own-record")
    assert (await merge(registry, other, own)).status == 200
    assert (await unmerge(itself, other, own)).code == "own-record"
    assert (await merge(registry, other, other)).status in (410, 422)


async def test_a_reviewed_pair_is_merged_by_the_decision(registry):
    first, _ = await hired(registry, "E1A", known_as("Bangura", "Adama", phone="076 1"))
    second, _ = await hired(registry, "E1A", known_as("Bangura", "Adama", phone="076 2"))
    pair = await found(registry, first, second)
    body = {"decision": "same", "survivor": second, "fields": {"phone": "merged"}}
    wrong = {"decision": "same", "survivor": pair["review_id"]}
    refused = await registry.post(f"{AT}/{pair['review_id']}/decide", json=wrong)
    assert (refused.status, refused.code) == (422, "survivor-unknown")
    decided = await registry.post(f"{AT}/{pair['review_id']}/decide", json=body)
    assert (decided.status, decided.json["state"]) == (200, "same"), decided.json
    assert (await registry.get(f"/v1/people/{second}")).json["phone"] == "076 1"
    assert (await registry.get(f"/v1/people/{first}")).code == "person-merged"
    assert (await unmerge(registry, second, first)).status == 200
    assert (await registry.get(f"{AT}/{pair['review_id']}")).json["state"] == "not-same"


async def test_of_two_merges_at_once_one_counts(registry):
    first, second, _, _ = await recorded_twice(registry)
    answers = await asyncio.gather(
        *(merge(registry, *pair) for pair in ((first, second), (second, first)) * 2)
    )
    assert sorted(answer.status for answer in answers) == [200, 410, 410, 410] or sorted(
        answer.status for answer in answers
    ) == [200, 410, 410, 412], [answer.json for answer in answers]


async def test_a_repeated_merge_is_answered_as_the_first_time(registry):
    first, second, _, _ = await recorded_twice(registry)
    once = await merge(registry, first, second, key="merge-once")
    again = await merge(registry, first, second, key="merge-once")
    assert (again.status, again.body) == (200, once.body)
