"""Lists whose lines hang together in the worst way are loaded in time that grows with the list."""

import asyncio
import io
from datetime import date, timedelta

import orjson

from shared import clock
from tests.registry.builders import person, post

LINES = {"Content-Type": "application/x-ndjson"}
SECONDS = 60.0  # pair by pair, or a round a level, each of these took many minutes


async def load(registry, kind, lines):
    """The report of a load, which must come in time."""
    body = io.BytesIO(b"\n".join(orjson.dumps(line) for line in lines))
    async with asyncio.timeout(SECONDS):
        answer = await registry.post(f"/v1/imports/{kind}", data=body, headers=LINES)
    assert answer.status == 200, answer.json
    return answer.json


async def test_a_chain_of_command_whose_head_is_refused(registry):
    await load(registry, "people", [person(external_id=f"chain-{number}") for number in range(8000)])
    lines = [chained(number) for number in range(8000)]
    report = await load(registry, "posts", lines)
    assert (report["created"], report["rejected_count"]) == (0, 8000)
    assert {each["code"] for each in report["rejected"]} == {"manager-unknown"}
    lines[0].pop("manager_external_id")
    assert (await load(registry, "posts", lines))["created"] == 8000
    lines[0]["manager_external_id"] = "nobody"
    again = await load(registry, "posts", lines)
    assert (again["rejected_count"], again["unchanged"]) == (1, 7999), (
        "their managers' posts are there already"
    )


def chained(number: int) -> dict:
    """A post below the one before it; the first below nobody that is known."""
    about = post("", "E1A", external_id=f"link-{number}", person_external_id=f"chain-{number}")
    del about["person_id"]
    return about | {"manager_external_id": f"link-{number - 1}"}


async def test_one_sign_in_for_everybody(registry):
    same = [{"iss": "https://id.example", "sub": "shared"}]
    lines = [person(external_id=f"same-{number}", subjects=same) for number in range(20_000)]
    report = await load(registry, "people", lines)
    assert (report["created"], report["rejected_count"]) == (1, 19_999)
    assert {each["code"] for each in report["rejected"]} == {"subject-taken"}


def placed(owner: str, number: int, **values) -> dict:
    """A post of the person with the external id `owner`."""
    about = post("", "E1A", external_id=f"{owner}-{number}", person_external_id=owner)
    del about["person_id"]
    return about | values


async def test_one_person_with_primary_posts_only(registry):
    """As of a list that has everybody who is missing under one id of a person."""
    await load(registry, "people", [person(external_id="vacant")])
    lines = [placed("vacant", number, primary=True) for number in range(20_000)]
    report = await load(registry, "posts", lines)
    assert (report["created"], report["rejected_count"]) == (1, 19_999)
    assert {each["code"] for each in report["rejected"]} == {"primary-overlaps"}
    assert (await load(registry, "posts", lines))["unchanged"] == 1


async def test_one_person_with_a_primary_post_a_day_and_with_posts_beside(registry):
    await load(registry, "people", [person(external_id=name) for name in ("daily", "beside")])
    start = date(1960, 1, 1)
    for name in ("daily", "beside"):
        lines = [placed(name, number) for number in range(20_000)]
        if name == "daily":
            for number, line in enumerate(lines):
                day = str(start + timedelta(days=number))
                line |= {"primary": True, "valid_from": day, "valid_to": day}
        report = await load(registry, "posts", lines)
        assert (report["created"], report["rejected_count"]) == (500, 19_500)
        assert {each["code"] for each in report["rejected"]} == {"posts-too-many"}
        again = await load(registry, "posts", lines)
        assert (again["unchanged"], again["rejected_count"]) == (500, 19_500)
    (found,) = (await registry.get("/v1/people?external_id=daily")).json["items"]
    one_more = post(found["person_id"], "E1A")
    refused = await registry.post("/v1/posts", json=one_more)
    assert (refused.status, refused.code) == (409, "posts-too-many")


async def test_refusals_that_follow_from_one_another_for_ever(registry):
    """Each step: a post that gives its days up, below the one that takes days before; the first below nobody."""
    people = [f"step-{number}" for number in range(60)]
    await load(registry, "people", [person(external_id=name) for name in people])
    await load(registry, "posts", [placed(name, 0, primary=True) for name in people])
    until, then = (str(clock.today() + timedelta(days=days)) for days in (30, 31))
    lines = []
    for before, name in zip(["nobody", *people], people, strict=False):
        lines.append(placed(name, 0, primary=True, valid_to=until, manager_external_id=f"{before}-1"))
        lines.append(placed(name, 1, primary=True, valid_from=then))
    body = io.BytesIO(b"\n".join(orjson.dumps(line) for line in lines))
    refused = await registry.post("/v1/imports/posts", data=body, headers=LINES)
    assert (refused.status, refused.code) == (422, "load-tangled")
    assert (await load(registry, "posts", lines[2:20]))["rejected_count"] == 18, "down to the last one"
