"""People and posts by the single door and in bulk: what one refuses, at which field, the other refuses."""

import msgspec
import pytest

from tests.registry.builders import hired, made, person, post
from tests.registry.imports.test_people import load

LONG = "K" * 201
PEOPLE = [
    {"family_name": "Two\nLines"},
    {"family_name": " "},
    {"family_name": "\u200b\u2060"},
    {"family_name": LONG},
    {"given_name": "Tab\tbed"},
    {"given_name": ""},
    {"cadre": "Back\bspace"},
    {"cadre": "\u3164"},
    {"phone": "n/a"},
    {"phone": "\u0660\u0661\u0662\u0663"},
    {"email": "a@b"},
    {"email": "a@example.org\r\nBcc: all@example.org"},
    {"email": "a@example.org,b@example.org"},
    {"external_id": " "},
    {"external_id": "line\nbreak"},
    {"birth_year": "1984"},
    {"birth_year": 1984.0},
    {"birth_year": True},
    {"birth_year": 1492},
    {"sex": "often"},
]


@pytest.mark.parametrize("wrong", PEOPLE, ids=lambda wrong: next(iter(wrong)))
async def test_both_doors_refuse_a_person_at_the_same_field(registry, wrong):
    pointer = f"/{next(iter(wrong))}"
    single = await registry.post("/v1/people", json=person(**wrong))
    assert single.status == 422, single.json
    assert [error["pointer"] for error in single.json["errors"]] == [pointer]
    report = await load(registry, person(**wrong))
    assert [each["pointer"] for each in report["rejected"]] == [pointer]
    assert report["created"] == 0
    assert not any(str(value) in str(report["rejected"]) for value in wrong.values() if str(value).strip())


@pytest.mark.parametrize("wrong", [{"iss": " ", "sub": "x"}, {"iss": "x", "sub": "a\nb"}])
async def test_both_doors_refuse_a_sign_in_at_the_same_field(registry, wrong):
    pointer = f"/subjects/0/{'iss' if wrong['iss'] == ' ' else 'sub'}"
    single = await registry.post("/v1/people", json=person(subjects=[wrong]))
    assert [error["pointer"] for error in single.json["errors"]] == [pointer]
    report = await load(registry, person(subjects=[wrong]))
    assert [each["pointer"] for each in report["rejected"]] == [pointer]


async def test_a_change_is_refused_like_a_new_person(registry):
    made_now = await made(registry, "/v1/people", person())
    path, match = f"/v1/people/{made_now['person_id']}", {"If-Match": '"1"'}
    for wrong in PEOPLE:
        if "external_id" not in wrong:
            answer = await registry.patch(path, json=wrong, headers=match)
            assert (answer.status, answer.json["code"]) == (422, "input-invalid"), wrong
    assert (await registry.get(path)).json["version"] == 1


async def test_both_doors_store_the_same_text(registry):
    given = {"family_name": " O'Brien-Ní ", "cadre": "Backslash \\u0012 text", "phone": "(022) 76 000"}
    alone = await made(registry, "/v1/people", person(external_id=" agree-1 ", **given))
    assert (await load(registry, person(external_id="agree-1 ", **given)))["unchanged"] == 1
    assert (await load(registry, person(external_id=" agree-2", **given)))["created"] == 1
    assert (await load(registry, person(external_id="agree-2", **given)))["updated"] == 0
    found = (await registry.get("/v1/people", params={"external_id": "agree-2"})).json["items"][0]
    for name in ("family_name", "cadre", "phone"):
        assert found[name] == alone[name] == given[name].strip()


async def test_a_byte_order_mark_hides_no_line(registry):
    lines = [person(external_id=f"bom-{number}") for number in range(2)]
    body = b"\xef\xbb\xbf" + b"\n".join(map(msgspec.json.encode, lines))
    assert (await load(registry, body))["created"] == 2


DAYS = [
    ({"valid_from": "1066-10-14"}, "/valid_from"),
    ({"valid_from": "2201-01-01"}, "/valid_from"),
    ({"valid_to": "2201-01-01"}, "/valid_to"),
    ({"valid_to": "9999-12-30"}, "/valid_to"),
    ({"valid_to": "2024-12-31"}, "/valid_to"),
    ({"unit_code": "E 1"}, "/unit_code"),
    ({"role_code": "facility\nmanager"}, "/role_code"),
    ({"external_id": "\u200b"}, "/external_id"),
]


@pytest.mark.parametrize(("wrong", "pointer"), DAYS)
async def test_both_doors_refuse_a_post_at_the_same_field(registry, wrong, pointer):
    someone = await made(registry, "/v1/people", person())
    single = await registry.post("/v1/posts", json=post(someone["person_id"], "E1A") | wrong)
    assert single.status == 422
    assert [error["pointer"] for error in single.json["errors"]] == [pointer]
    report = await load(
        registry, {"external_id": "agree", **post(someone["person_id"], "E1A"), **wrong}, kind="posts"
    )
    assert [each["pointer"] for each in report["rejected"]] == [pointer]


NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.mark.parametrize(
    "wrong", [{"person_id": NOBODY}, {"manager_post_id": NOBODY}, {"manager_post_id": "own"}]
)
async def test_both_doors_point_at_the_id_by_which_a_post_names_somebody(registry, wrong):
    someone, held = await hired(registry, "E1A")
    (field, value), *_ = wrong.items()
    sent = post(someone, "E1A") | {"primary": False, field: held if value == "own" else value}
    single = await registry.post("/v1/posts", json=sent)
    report = await load(registry, {"external_id": "agree-named", **sent}, kind="posts")
    expected = (single.code, f"/{field}")
    assert [(each["code"], each["pointer"]) for each in single.json["errors"]] == [expected]
    assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [expected]


async def test_the_last_day_that_there_is_means_open_at_both_doors(registry):
    someone, held = await hired(registry, "E1A", valid_to="9999-12-31")
    line = {"external_id": "agree-open", **post(someone, "E1B"), "valid_to": "9999-12-31"}
    assert (await load(registry, line, kind="posts"))["created"] == 1
    assert (await load(registry, {**line, "valid_to": None}, kind="posts"))["unchanged"] == 1
    posts = (await registry.get("/v1/posts", params={"person": someone})).json["items"]
    assert [each["valid_to"] for each in posts] == [None, None]
    answer = await registry.patch(
        f"/v1/posts/{held}", json={"valid_to": "9999-12-31"}, headers={"If-Match": '"1"'}
    )
    assert (answer.status, answer.json["valid_to"], answer.json["version"]) == (200, None, 1)
