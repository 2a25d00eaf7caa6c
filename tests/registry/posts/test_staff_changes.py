"""The page about hiring, transfers, leaving and return: its lines do what it says, once and again."""

import re
from pathlib import Path

from tests.registry.builders import made, unit
from tests.registry.imports.test_people import load

PAGE = Path(__file__).resolve().parents[3] / "docs" / "staff-changes.md"
BLOCK = re.compile(r"```ndjson /v1/imports/(\w+) ?([\w-]*)\n(.*?)```", re.DOTALL)


async def test_the_lines_of_the_page_are_right(registry):
    for code in ("K-1", "K-2"):
        await made(registry, "/v1/units", unit(code, open_from="2010-01-01"))
    text = PAGE.read_text()
    before, back = text.split("## Return")
    await _run(registry, before, 11)
    found = (await registry.get("/v1/people", params={"external_id": "hr-501"})).json["items"][0]
    assert found["deactivated_on"] == "2023-02-01"
    where = f"/v1/people/{found['person_id']}"
    back_again = await registry.patch(where, json={"active": True}, if_match=f'"{found["version"]}"')
    assert back_again.status == 200
    await _run(registry, back, 1)
    posts = (await registry.get("/v1/posts", params={"person": found["person_id"]})).json["items"]
    assert sorted(
        (each["valid_from"], each["valid_to"], each["unit_code"], each["external_id"]) for each in posts
    ) == [
        ("2021-03-01", "2022-06-30", "K-1", None),
        ("2022-08-01", "2023-01-31", "K-2", "p-501"),
        ("2024-01-01", None, "K-1", "p-733"),
    ]


async def _run(registry, text: str, blocks: int) -> None:
    found = BLOCK.findall(text)
    assert len(found) == blocks
    for kind, refusal, lines in found:
        sent = [line.encode() for line in lines.splitlines()]
        report = await load(registry, *sent, kind=kind)
        assert [each["code"] for each in report["rejected"]] == ([refusal] if refusal else []), lines
        if not refusal:
            assert report["created"] + report["updated"] == len(sent), lines
            assert (await load(registry, *sent, kind=kind))["unchanged"] == len(sent), lines
