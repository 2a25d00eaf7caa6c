"""Releases that this instance has, for the API page's examples: the first of each service."""

from typing import Any

from deploy.demo.api import Api


async def releases(api: Api) -> dict[str, dict[str, Any]]:
    """By operation, as `deploy.demo.examples` has them; of a service without releases none."""
    reader = api.acting()
    pages = {  # others are released in a federation alone
        "rollups": await reader.get_releases_rollups(limit=1),
        "indicators": await reader.get_releases_indicators(limit=1),
    }
    return {
        f"GET /v1/releases/{name}/{{cube}}/{{period}}/{{number}}": {
            "parameters": {"cube": item["cube"], "period": item["period"], "number": item["number"]}
        }
        for name, page in pages.items()
        for item in page["items"]
    }
