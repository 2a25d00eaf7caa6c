"""What /versions says of times: each version has its own, to the microsecond, also on the way back."""

from datetime import UTC, datetime, timedelta

import pytest

from shared import clock as domain_clock
from tests.registry.builders import hired, made, person, unit

KINDS = ["people", "posts", "units"]


async def begun(registry, kind: str) -> tuple[str, dict, dict]:
    """Where something new is found, and two changes between which it goes back and forth."""
    if kind == "units":
        code = (await made(registry, "/v1/units", unit(name="First")))["unit_code"]
        return f"/v1/units/{code}", {"name": "Second"}, {"name": "First"}
    if kind == "people":
        made_one = await made(registry, "/v1/people", person(cadre="First"))
        return f"/v1/people/{made_one['person_id']}", {"cadre": "Second"}, {"cadre": "First"}
    _, post_id = await hired(registry, "E1A", valid_from="2030-01-01")
    return f"/v1/posts/{post_id}", {"valid_to": "2031-01-31"}, {"valid_to": "2032-02-29"}


async def change(registry, where: str, values: dict) -> str:
    tag = (await registry.get(where)).headers["etag"]
    answer = await registry.patch(where, json=values, if_match=tag)
    assert answer.status == 200, answer.json
    return answer.headers["etag"]


async def versions(registry, where: str) -> list[dict]:
    """All of them, asked for one by one."""
    found: list[dict] = []
    cursor = None
    while True:
        params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await registry.get(f"{where}/versions", params=params)).json
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


@pytest.mark.parametrize("kind", KINDS)
async def test_each_version_has_its_time_and_going_back_is_one_more(registry, kind):
    before = domain_clock.now()
    where, there, back = await begun(registry, kind)
    for values in (there, back, there):
        await change(registry, where, values)
    found = await versions(registry, where)
    assert [each["version"] for each in found] == [1, 2, 3, 4]
    (name,) = there
    assert [each[name] for each in found[1:]] == [there[name], back[name], there[name]]
    times = [datetime.fromisoformat(each["recorded_at"]) for each in found]
    assert times == sorted(set(times)), "each later than the one before"
    assert all(time.utcoffset() == timedelta() for time in times)
    assert before <= times[0] <= times[-1] <= domain_clock.now()
    assert any(time.microsecond % 1000 for time in times), "no moment was cut to milliseconds"
    assert (await registry.get(f"{where}/versions")).json["items"] == found


@pytest.mark.parametrize("kind", KINDS)
async def test_versions_of_one_moment_keep_their_order(registry, kind, monkeypatch):
    moment = datetime(2026, 11, 30, 23, 59, 59, 999_999, tzinfo=UTC)
    monkeypatch.setattr(domain_clock, "now", lambda: moment)
    where, there, back = await begun(registry, kind)
    for values in (there, back):
        await change(registry, where, values)
    found = await versions(registry, where)
    assert [each["version"] for each in found] == [1, 2, 3]
    assert {datetime.fromisoformat(each["recorded_at"]) for each in found} == {moment}


async def test_a_change_that_changes_nothing_is_no_version(registry):
    where, there, _ = await begun(registry, "posts")
    await change(registry, where, there)
    await change(registry, where, there)
    assert [each["version"] for each in await versions(registry, where)] == [1, 2]


async def test_days_of_a_post_are_those_that_were_sent(registry):
    """Far and near, open and closed: the time of day and a zone never move a day."""
    where, _, _ = await begun(registry, "posts")
    for last in ("2030-01-01", "2199-12-31", None, "2030-12-31"):
        await change(registry, where, {"valid_to": last})
    found = await versions(registry, where)
    assert [each["valid_to"] for each in found] == [None, "2030-01-01", "2199-12-31", None, "2030-12-31"]
    assert {each["valid_from"] for each in found} == {"2030-01-01"}


async def test_a_person_keeps_the_times_of_their_record_when_posts_come_and_go(registry):
    """A new post raises the person's version without an entry; the record's own times stay."""
    person_id, post_id = await hired(registry, "E1B")
    where = f"/v1/people/{person_id}"
    (first,) = await versions(registry, where)
    await change(registry, where, {"cadre": "Midwife"})
    await change(registry, f"/v1/posts/{post_id}", {"acting": True, "as_of": str(domain_clock.today())})
    found = await versions(registry, where)
    assert [each["cadre"] for each in found] == ["Nurse", "Midwife"]
    assert found[0]["recorded_at"] == first["recorded_at"] < found[1]["recorded_at"]


async def raised(registry, kind: str, where: str) -> None:
    """A version more, of which the list says nothing: a post of the person, or an identifier of the post."""
    if kind == "people":
        held = {"person_id": where.rpartition("/")[2], "unit_code": "E1A", "role_code": "ward-manager"}
        await made(registry, "/v1/posts", held | {"valid_from": "2025-01-01"})
    else:
        named = await registry.put(f"{where}/identifiers/local", json={"value": where[-12:]}, if_match="*")
        assert named.status == 200, named.json


@pytest.mark.parametrize("kind", ["people", "posts"])
async def test_a_version_that_was_listed_keeps_its_number_and_time(registry, kind):
    where, there, _ = await begun(registry, kind)
    first = await versions(registry, where)
    await raised(registry, kind, where)
    assert (await registry.get(where)).version == "2"
    assert await versions(registry, where) == first
    await change(registry, where, there)
    after = await versions(registry, where)
    assert (after[:1], [each["version"] for each in after]) == (first, [1, 3])
