"""The life of a post: hired, moved, gone, back. What was stays what it was unless somebody says from when."""

from dataclasses import replace
from datetime import date

import pytest

from services.registry.posts.history import Change, Term, change
from shared.fields import Wrong
from tests.registry.builders import hired, made, person, post
from tests.registry.imports.test_people import counts, load

TODAY = date(2026, 10, 1)
HELD = Term("E1A", "facility-manager", date(2024, 1, 1), None)
OVER = replace(HELD, valid_to=date(2025, 6, 30))


@pytest.mark.parametrize(
    ("stored", "wanted", "code", "pointer"),
    [
        (HELD, replace(HELD, unit_code="E1B"), "history-changed", "/unit_code"),
        (HELD, replace(HELD, role_code="ward-manager"), "history-changed", "/role_code"),
        (HELD, replace(HELD, acting=True), "history-changed", "/acting"),
        (HELD, replace(HELD, claim=True), "history-changed", "/primary"),
        (HELD, replace(HELD, valid_from=date(2025, 1, 1)), "history-changed", "/valid_from"),
        (HELD, replace(HELD, valid_from=date(2023, 1, 1)), "history-changed", "/valid_from"),
        (OVER, HELD, "post-ended", "/valid_to"),
        (OVER, replace(OVER, valid_to=date(2026, 12, 31)), "post-ended", "/valid_to"),
        (replace(HELD, valid_to=date(2026, 12, 31)), HELD, "post-ended", "/valid_to"),
    ],
)
def test_what_would_change_past_days_says_from_when(stored, wanted, code, pointer):
    with pytest.raises(Wrong) as refused:
        change(stored, wanted, None, today=TODAY)
    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert change(stored, wanted, stored.valid_from, today=TODAY).ends is None


@pytest.mark.parametrize(
    ("stored", "wanted"),
    [
        (HELD, replace(HELD, valid_to=date(2026, 12, 31))),
        (HELD, replace(HELD, valid_to=date(2026, 3, 31))),  # somebody left, and it is told late
        (replace(HELD, valid_to=date(2026, 12, 31)), replace(HELD, valid_to=date(2027, 12, 31))),
        (replace(HELD, valid_from=TODAY), replace(HELD, valid_from=date(2026, 11, 1), unit_code="E1B")),
    ],
)
def test_what_leaves_past_days_needs_no_day(stored, wanted):
    assert change(stored, wanted, None, today=TODAY) == Change(wanted)


def test_from_a_day_on_another_term_follows():
    moved = change(HELD, replace(HELD, unit_code="E1B"), date(2026, 7, 1), today=TODAY)
    assert moved == Change(Term("E1B", HELD.role_code, date(2026, 7, 1), None), ends=date(2026, 6, 30))
    back = change(OVER, HELD, date(2026, 7, 1), today=TODAY)
    assert back == Change(replace(HELD, valid_from=date(2026, 7, 1)), ends=OVER.valid_to)
    again = change(moved.term, replace(HELD, unit_code="E1B"), date(2026, 7, 1), today=TODAY)
    assert again == Change(moved.term)
    longer = change(OVER, replace(OVER, valid_to=date(2025, 12, 31)), date(2025, 7, 1), today=TODAY)
    assert longer == Change(replace(OVER, valid_to=date(2025, 12, 31)))


async def held(client, person_id):
    posts = (await client.get("/v1/posts", params={"person": person_id})).json["items"]
    return sorted((each["valid_from"], each["valid_to"], each["unit_code"]) for each in posts)


async def one_post(client, **values):
    """Somebody with one post from a load: (person's id, the line, the post's id)."""
    someone = await made(client, "/v1/people", person())
    line = {"external_id": f"life-{someone['person_id']}", **post(someone["person_id"], "E1A"), **values}
    assert (await load(client, line, kind="posts"))["created"] == 1
    found = (await client.get("/v1/posts", params={"external_id": line["external_id"]})).json["items"][0]
    return someone["person_id"], line, found["post_id"]


async def test_the_same_line_with_another_unit_does_not_rewrite_the_past(registry):
    someone, line, _ = await one_post(registry)
    moved = {**line, "unit_code": "E1B"}
    report = await load(registry, moved, kind="posts")
    assert counts(report)["rejected_count"] == 1
    assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [
        ("history-changed", "/unit_code")
    ]
    assert await held(registry, someone) == [("2025-01-01", None, "E1A")]
    for expected in ("updated", "unchanged", "unchanged"):
        report = await load(registry, {**moved, "as_of": "2026-07-01"}, kind="posts")
        assert report[expected] == 1, report
        assert await held(registry, someone) == [
            ("2025-01-01", "2026-06-30", "E1A"), ("2026-07-01", None, "E1B"),
        ]  # fmt: skip


async def test_an_old_file_does_not_reopen_an_ended_post(registry):
    someone, line, post_id = await one_post(registry)
    await made(registry, f"/v1/posts/{post_id}/end", {"last_day": "2026-06-30"})
    report = await load(registry, line, kind="posts")
    assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [("post-ended", "/valid_to")]
    assert await held(registry, someone) == [("2025-01-01", "2026-06-30", "E1A")]
    again = await registry.post(f"/v1/posts/{post_id}/end", json={"last_day": "2026-08-31"})
    assert (again.status, again.code) == (409, "post-ended")
    assert (await load(registry, {**line, "as_of": "2026-07-01"}, kind="posts"))["updated"] == 1
    assert await held(registry, someone) == [("2025-01-01", None, "E1A")]


async def test_a_single_change_says_from_when_as_well(registry):
    someone, line, post_id = await one_post(registry)
    where = f"/v1/posts/{post_id}"
    refused = await registry.patch(where, json={"unit_code": "E1B"}, if_match='"1"')
    assert (refused.status, refused.code) == (409, "history-changed")
    assert [error["pointer"] for error in refused.json["errors"]] == ["/unit_code"]
    moved = await registry.patch(where, json={"unit_code": "E1B", "as_of": "2026-07-01"}, if_match='"1"')
    assert moved.status == 200, moved.json
    assert moved.headers["Location"] == f"/v1/posts/{moved.json['post_id']}" != where
    assert (moved.json["external_id"], moved.json["version"]) == (line["external_id"], 1)
    assert await held(registry, someone) == [
        ("2025-01-01", "2026-06-30", "E1A"), ("2026-07-01", None, "E1B"),
    ]  # fmt: skip
    before = (await registry.get(where)).json
    assert (before["external_id"], before["version"]) == (None, 2)
    assert (await load(registry, {**line, "unit_code": "E1B", "as_of": "2026-07-01"}, kind="posts"))[
        "unchanged"
    ] == 1


async def test_who_reported_to_a_moved_post_reports_to_the_one_that_follows(registry):
    _, boss, boss_post = await one_post(registry)
    _, reporting = await hired(registry, "E1A", manager_post_id=boss_post)
    _, former = await hired(registry, "E1A", manager_post_id=boss_post, valid_to="2026-01-31")
    _, line, _ = await one_post(registry, manager_external_id=boss["external_id"])
    moved = {**boss, "unit_code": "E1B", "as_of": "2026-07-01"}
    assert counts(await load(registry, line, moved, kind="posts"))["updated"] == 2
    new = (await registry.get("/v1/posts", params={"external_id": boss["external_id"]})).json["items"][0]
    assert new["post_id"] != boss_post
    for post_id, manager in ((reporting, new["post_id"]), (former, boss_post)):
        assert (await registry.get(f"/v1/posts/{post_id}")).json["manager_post_id"] == manager
    own = (await registry.get("/v1/posts", params={"external_id": line["external_id"]})).json["items"][0]
    assert own["manager_post_id"] == new["post_id"]


async def test_a_primary_post_that_moves_is_no_rival_of_itself(registry):
    someone, line, _ = await one_post(registry, primary=True)
    moved = {**line, "unit_code": "E1B", "as_of": "2026-07-01"}
    assert (await load(registry, moved, kind="posts"))["updated"] == 1
    assert len(await held(registry, someone)) == 2


async def test_a_refused_line_leaves_its_post_whole(registry):
    someone, line, post_id = await one_post(registry)
    lost = {**line, "unit_code": "E1B", "as_of": "2026-07-01", "manager_external_id": "nobody"}
    report = await load(registry, lost, kind="posts")
    assert [each["code"] for each in report["rejected"]] == ["manager-unknown"]
    assert await held(registry, someone) == [("2025-01-01", None, "E1A")]
    assert (await registry.get(f"/v1/posts/{post_id}")).json["version"] == 1


async def test_people_leave_in_bulk(registry, token):
    someone, line, _ = await one_post(registry)
    later = await made(registry, "/v1/posts", post(someone, "E1B", valid_from="2027-01-01"))
    about = (await registry.get(f"/v1/people/{someone}")).json
    gone = {"external_id": about["external_id"], "on": "2026-12-01"}
    strange = {"external_id": "nobody", "on": "2026-12-01"}
    wrong = {"external_id": about["external_id"] + "x", "on": "9999-12-31"}
    report = await load(registry, gone, strange, wrong, gone, kind="leavers")
    assert counts(report) == {"received": 4, "created": 0, "updated": 1, "unchanged": 0, "rejected_count": 3}
    assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [
        ("person-unknown", "/external_id"), ("dates-wrong", "/on"), ("external-id-repeated", "/external_id"),
    ]  # fmt: skip
    assert await held(registry, someone) == [("2025-01-01", "2026-11-30", "E1A")]
    assert (await registry.get(f"/v1/people/{someone}")).json["deactivated_on"] == "2026-12-01"
    versions = (await registry.get(f"/v1/posts/{later['post_id']}/versions")).json["items"]
    assert [each["withdrawn"] for each in versions] == [False, True]
    assert (await load(registry, gone, kind="leavers"))["unchanged"] == 1
    late = await load(registry, {**gone, "on": "2027-01-01"}, kind="leavers")
    assert [each["code"] for each in late["rejected"]] == ["person-deactivated"]
    assert (await load(registry, line, kind="posts"))["rejected"][0]["code"] == "person-deactivated"
    north = registry.using(token("hris", units=("SL-N",)))
    assert (await load(north, gone, kind="leavers"))["rejected"][0]["code"] == "person-unknown"
