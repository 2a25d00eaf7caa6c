"""A reason and a destination through every door that ends a post, and in the history; events say neither."""

from tests.registry.builders import hired, made, person, post
from tests.registry.imports.test_people import load

LEFT = {"reason": "resigned", "destination": "abroad"}
ROLE = {"role_code": "ward-manager", "valid_from": "2025-01-01"}


async def terms(client, person_id: str):
    """The posts of somebody, the first one first."""
    posts = (await client.get(f"/v1/people/{person_id}")).json["posts"]
    return sorted(posts, key=lambda each: each["valid_from"])


async def ends(client, person_id: str):
    return [(each["end_reason"], each["end_destination"]) for each in await terms(client, person_id)]


async def end_of(client, post_id: str):
    found = (await client.get(f"/v1/posts/{post_id}")).json
    return found["valid_to"], found["end_reason"], found["end_destination"]


async def test_who_leaves_says_why_and_where_to(registry):
    person_id, post_id = await hired(registry, "E1A")
    params = {"on": "2026-03-01", **LEFT}
    left = await registry.delete(f"/v1/people/{person_id}", params=params, if_match="*")
    assert (left.json["leaving_reason"], left.json["leaving_destination"]) == ("resigned", "abroad")
    assert await end_of(registry, post_id) == ("2026-02-28", "resigned", "abroad")
    assert await ends(registry, person_id) == [("resigned", "abroad")]
    earlier = await registry.delete(f"/v1/people/{person_id}", params={"on": "2026-02-01"}, if_match="*")
    assert earlier.json["leaving_reason"] == "resigned", "another day is the same leaving"
    back = await registry.patch(f"/v1/people/{person_id}", json={"active": True}, if_match="*")
    assert (back.json["leaving_reason"], back.json["deactivated_on"]) == (None, None)
    versions = (await registry.get(f"/v1/people/{person_id}/versions")).json["items"]
    assert [each["leaving_reason"] for each in versions] == [None, "resigned", "resigned", None]


async def test_a_post_ends_for_a_reason(registry):
    person_id, post_id = await hired(registry, "E1A")
    body = {"last_day": "2026-06-30", "reason": "contract-ended", "destination": "unknown"}
    assert (await registry.post(f"/v1/posts/{post_id}/end", json=body, if_match="*")).status == 200
    assert await end_of(registry, post_id) == ("2026-06-30", "contract-ended", "unknown")
    assert await ends(registry, person_id) == [("contract-ended", "unknown")]
    same = await registry.post(f"/v1/posts/{post_id}/end", json={"last_day": "2026-05-31"}, if_match="*")
    assert same.json["end_reason"] == "contract-ended", "another day, and nobody says another reason"
    changed = await registry.patch(f"/v1/posts/{post_id}", json={"end_reason": "retired"}, if_match="*")
    assert changed.json["end_reason"] == "retired"
    versions = (await registry.get(f"/v1/posts/{post_id}/versions")).json["items"]
    assert [each["end_reason"] for each in versions] == [None, "contract-ended", "contract-ended", "retired"]


async def test_loads_say_why(registry):
    await load(registry, person(external_id="l-1"))
    line = {"external_id": "l-1", "person_external_id": "l-1", "unit_code": "E1A", **ROLE}
    ending = line | {"valid_to": "2026-06-30", "end_reason": "retired", "end_destination": "not-working"}
    assert (await load(registry, ending, kind="posts"))["created"] == 1
    assert (await load(registry, ending, kind="posts"))["unchanged"] == 1
    assert (await load(registry, line | {"valid_to": "2026-06-30"}, kind="posts"))["unchanged"] == 1
    assert (await load(registry, ending | {"end_reason": "ill-health"}, kind="posts"))["updated"] == 1
    gone = {"external_id": "l-1", "on": "2026-05-01"}
    assert (await load(registry, gone, kind="leavers"))["updated"] == 1
    (found,) = (await registry.get("/v1/posts?external_id=l-1")).json["items"]
    assert (found["valid_to"], found["end_reason"]) == ("2026-04-30", None)
    assert (await load(registry, gone | LEFT, kind="leavers"))["updated"] == 1, "the reason comes later"
    assert await end_of(registry, found["post_id"]) == ("2026-04-30", "resigned", "abroad")
    for same in (gone, gone | LEFT):
        assert (await load(registry, same, kind="leavers"))["unchanged"] == 1
    assert await ends(registry, found["person_id"]) == [("resigned", "abroad")]


async def test_who_moves_keeps_one_history(registry):
    """By a line and by hand: the terms follow one another, and each says why it ended."""
    await load(registry, person(external_id="m-1"))
    line = {"external_id": "m-1", "person_external_id": "m-1", "unit_code": "E1A", **ROLE}
    await load(registry, line, kind="posts")
    await load(registry, line | {"unit_code": "E1B", "as_of": "2025-06-01"}, kind="posts")
    (found,) = (await registry.get("/v1/posts?external_id=m-1")).json["items"]
    role = {"role_code": "facility-manager", "as_of": "2025-09-01"}
    assert (await registry.patch(f"/v1/posts/{found['post_id']}", json=role, if_match="*")).status == 200
    history = await terms(registry, found["person_id"])
    assert [(each["unit_code"], each["end_reason"], each["end_destination"]) for each in history] == [
        ("E1A", "transferred", "another-unit"), ("E1B", "reassigned", None), ("E1B", None, None),
    ]  # fmt: skip
    assert (await load(registry, {"external_id": "m-1", "on": "2025-10-01", **LEFT}, kind="leavers"))[
        "updated"
    ] == 1
    await registry.patch(f"/v1/people/{found['person_id']}", json={"active": True}, if_match="*")
    back = line | {"unit_code": "E1B", "role_code": "facility-manager", "as_of": "2026-01-01"}
    assert (await load(registry, back, kind="posts"))["updated"] == 1
    reasons = [reason for reason, _ in await ends(registry, found["person_id"])]
    assert reasons == ["transferred", "reassigned", "resigned", None]


async def test_leavings_that_cannot_be(registry):
    person_id, post_id = await hired(registry, "E1A")
    at, where = f"/v1/people/{person_id}", f"/v1/posts/{post_id}"
    refused = await registry.delete(at, params={"reason": "died", "destination": "abroad"}, if_match="*")
    assert (refused.status, refused.code) == (422, "leaving-wrong")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/query/destination"]
    assert (await registry.delete(at, params={"reason": "fired"}, if_match="*")).code == "input-invalid"
    for body in ({"end_reason": "retired"}, {"valid_to": "2026-12-31", "end_destination": "abroad"}):
        assert (await registry.patch(where, json=body, if_match="*")).code == "leaving-wrong"
    mistake = {"withdrawn": True, "reason": "other"}
    assert (await registry.post(f"{where}/end", json=mistake, if_match="*")).code == "input-invalid"
    lines = [
        {"external_id": "x", "on": "2026-05-01", "destination": "abroad"},
        {"external_id": "x", "on": "2026-05-01", "reason": "transferred"},
        {"external_id": "x", "on": "2026-05-01", "reason": "fired"},
    ]
    report = await load(registry, *lines, kind="leavers")
    assert [each["code"] for each in report["rejected"]] == ["leaving-wrong", "leaving-wrong", "field-wrong"]


async def test_why_somebody_left_is_for_those_who_keep_the_record(registry, token):
    person_id, post_id = await hired(registry, "E1A")
    new = await made(registry, "/v1/people", person())
    other = await made(registry, "/v1/posts", post(new["person_id"], "E1A"))
    body = {"last_day": "2099-06-30", "reason": "dismissed"}
    assert (await registry.post(f"/v1/posts/{post_id}/end", json=body, if_match="*")).status == 200
    left = {"on": "2099-07-01", "reason": "dismissed"}
    assert (await registry.delete(f"/v1/people/{person_id}", params=left, if_match="*")).status == 200
    manager = registry.using(token("programme-manager", units=("SL",)))
    shown = (await manager.get(f"/v1/people/{person_id}")).json
    assert (shown["deactivated_on"], shown["leaving_reason"]) == ("2099-07-01", None)
    assert [each["end_reason"] for each in shown["posts"]] == [None]
    listed = (await manager.get("/v1/people", params={"unit": "E1A", "limit": "200"})).json["items"]
    assert {each["leaving_reason"] for each in listed} == {None}
    for what in (f"/v1/people/{person_id}/versions", f"/v1/posts/{post_id}/versions"):
        for each in (await manager.get(what)).json["items"]:
            assert {each.get("leaving_reason"), each.get("end_reason")} == {None}
    kept = (await registry.get("/v1/posts", params={"unit": "E1A", "limit": "200"})).json["items"]
    assert {each["post_id"]: each["end_reason"] for each in kept}[post_id] == "dismissed"
    assert other["end_reason"] is None


async def test_who_keeps_records_elsewhere_alone_is_not_told_why_their_own_report_left(
    registry, token, issuer
):
    sign_in = {"subjects": [{"iss": issuer.name, "sub": "boss-of-a-leaver"}]}
    _, led = await hired(registry, "E1A", sign_in)
    person_id, post_id = await hired(registry, "E1A", manager_post_id=led)
    left = {"on": "2099-07-01", "reason": "ill-health"}
    assert (await registry.delete(f"/v1/people/{person_id}", params=left, if_match="*")).status == 200
    boss = registry.using(token("leader", "hris", units=("SL-N",), subject="boss-of-a-leaver"))
    shown = (await boss.get(f"/v1/people/{person_id}")).json
    assert (shown["deactivated_on"], shown["leaving_reason"]) == ("2099-07-01", None)
    assert (await boss.get(f"/v1/posts/{post_id}")).json["end_reason"] is None
    for what in (f"/v1/people/{person_id}/versions", f"/v1/posts/{post_id}/versions"):
        items = (await boss.get(what)).json["items"]
        assert {each.get("leaving_reason", each.get("end_reason")) for each in items} == {None}
    assert (await registry.get(f"/v1/posts/{post_id}")).json["end_reason"] == "ill-health"


async def test_the_codes_are_listed(registry):
    codes = (await registry.get("/v1/leaving-codes")).json
    assert {"code": "retired", "kind": "involuntary", "name": {"en": "Retired", "fr": "Retraite"}} in codes[
        "reasons"
    ]
    assert len(codes["destinations"]) == 8
