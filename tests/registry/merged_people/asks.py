"""How merges are asked for, by tests and by the matrix of rights."""

from typing import Any

from tests.rights_matrix import STALE, Ask
from tests.served import Answer, Client


async def merge(
    client: Client, person_id: str, merged_id: str, *, key: str | None = None, **fields: str
) -> Any:
    """The answer to a merge of the records as they are now."""
    return await _ask(client, "merge", person_id, {"merged_id": merged_id, "fields": fields}, key)


async def unmerge(client: Client, person_id: str, merged_id: str) -> Answer:
    """The answer to undoing it."""
    return await _ask(client, "unmerge", person_id, {"merged_id": merged_id}, None)


async def _ask(client: Client, act: str, person_id: str, body: dict[str, Any], key: str | None) -> Answer:
    return await client.post(f"/v1/people/{person_id}/{act}", json=body, if_match="*", key=key)


def merging(own: str) -> dict[str, list[Ask]]:
    """Merges of a person, by operation; with themselves, so that whoever keeps the one keeps both."""
    at, body = f"/v1/people/{own}", {"json": {"merged_id": own}, "if_match": STALE}
    return {
        "POST /v1/people/{person_id}/merge": [Ask(f"{at}/merge", body)],
        "GET /v1/people/{person_id}/merges": [Ask(f"{at}/merges")],
        "POST /v1/people/{person_id}/unmerge": [Ask(f"{at}/unmerge", body)],
    }
