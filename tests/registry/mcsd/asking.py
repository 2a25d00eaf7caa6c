"""Questions in FHIR, and what the answers say in few words."""

from typing import Any

from tests.served import Answer, Client

FHIR = "/fhir/r4"


def outcome(answer: Answer) -> tuple[int, str]:
    """Status and code of an OperationOutcome."""
    assert answer.json["resourceType"] == "OperationOutcome", answer.body
    return answer.status, answer.json["issue"][0]["details"]["coding"][0]["code"]


async def page(client: Client, path: str, **params: str) -> tuple[list[str], list[str]]:
    """What matched on a page, by id, and what came with it, as references."""
    answer = await client.get(f"{FHIR}/{path}", params=params)
    assert answer.status == 200, answer.body
    entries: list[dict[str, Any]] = answer.json.get("entry", [])
    of = {mode: [each["resource"] for each in entries if each["search"]["mode"] == mode] for mode in MODES}
    with_them = [f"{each['resourceType']}/{each['id']}" for each in of["include"]]
    return [each["id"] for each in of["match"]], with_them


MODES = ("match", "include")


async def found(client: Client, path: str, **params: str) -> list[str]:
    """Ids of what matched on a page."""
    return (await page(client, path, **params))[0]
