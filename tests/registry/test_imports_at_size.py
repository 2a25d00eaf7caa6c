"""Lists whose lines hang together in the worst way are loaded in time that grows with the list."""

import asyncio
import io

import orjson

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
