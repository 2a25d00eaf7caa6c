"""The API page as a person uses it: a token pasted, and *Execute* pressed on an operation as it is filled in."""

import json
from typing import Any
from urllib.parse import quote

import aiohttp

# A fresh instance has nothing to be asked about there: no dead letter, no release, no check-in that is due, and it
# is no hub. Tests of their own make what there is to ask about.
WITHOUT = (
    "/v1/dead-letters/{seq}",
    "/v1/national/",
    "/{cube}/{period}/{number}",
    "GET /v1/federation",
    "GET /v1/units/{code}/region",
    "POST /v1/follow-ups/{follow_up_id}/answer",
)


async def execute(
    client: aiohttp.ClientSession, method: str, path: str, operation: dict[str, Any]
) -> tuple[int, str]:
    """Status and text of the answer to an operation that is sent as the page fills it in."""
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for parameter in operation.get("parameters", ()):
        if "example" not in parameter:
            assert not parameter.get("required"), f"{method} {path}: {parameter['name']} has to be filled in"
            continue
        value = _text(parameter["example"])
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
        else:
            (query if parameter["in"] == "query" else headers)[parameter["name"]] = value
    data = None
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        shown = [each["value"] for each in media.get("examples", {}).values()]
        body = media.get("example", shown[0] if shown else None)
        data = body if isinstance(body, str) else json.dumps(body)
        headers["Content-Type"] = kind
    async with client.request(method, path, params=query, data=data, headers=headers) as answer:
        if answer.content_type == "text/event-stream":  # it does not end
            return answer.status, (await answer.content.readany()).decode()
        return answer.status, await answer.text(errors="replace")  # an archive is no text


def tried(
    document: dict[str, Any], method: str, only: tuple[str, ...] = ()
) -> list[tuple[str, dict[str, Any]]]:
    """Path and operation of all that the page tries out with a method on a fresh instance, or of `only` these."""
    found = [(path, item[method]) for path, item in document["paths"].items() if method in item]
    if only:
        return [(path, operation) for path, operation in found if path in only]
    return [
        (path, operation)
        for path, operation in found
        if not any(part in f"{method.upper()} {path}" for part in WITHOUT)
    ]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
