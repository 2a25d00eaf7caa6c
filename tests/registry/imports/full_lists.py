"""Full lists as tests send them."""

import io
from typing import Any

import msgspec

from tests.registry.builders import person

NDJSON = {"Content-Type": "application/x-ndjson"}


async def load(client: Any, about: list[Any], kind: str = "people", **params: str) -> Any:
    """The answer to a list; a line that is bytes is sent as it is."""
    body = b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in about)
    return await client.post(f"/v1/imports/{kind}", data=io.BytesIO(body), headers=NDJSON, params=params)


async def full(client: Any, lines: list[Any], kind: str = "people", **params: str) -> Any:
    """The answer to a list that names all."""
    return await load(client, lines, kind, **{"full": "true", "lines": str(len(lines))} | params)


def posts_of(lines: list[Any], unit: str = "E1A") -> list[dict[str, Any]]:
    """A post each for the people of lines."""
    return [
        {
            "external_id": f"p-{line['external_id']}", "person_external_id": line["external_id"],
            "unit_code": unit, "role_code": "ward-manager", "valid_from": "2024-01-01",
        }
        for line in lines
    ]  # fmt: skip


async def staffed(client: Any, name: str, count: int, unit: str = "E1A") -> list[dict[str, Any]]:
    """People of the client's system with a post each; the lines that name them."""
    lines = [person(external_id=f"{name}-{number}") for number in range(count)]
    assert (await load(client, lines)).json["created"] == count
    assert (await load(client, posts_of(lines, unit), "posts")).json["created"] == count
    return lines
