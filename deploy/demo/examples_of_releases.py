"""Releases that this instance has, for the API page's examples: the first of each service."""

from typing import Any

from deploy.demo.api import Api

NAMES = ("rollups", "indicators")  # others are released in a federation alone
KEY = ("cube", "period", "number")


async def releases(api: Api) -> dict[str, dict[str, Any]]:
    """By operation, as `deploy.demo.examples` has them; of a service without releases none."""
    found = {}
    for name in NAMES:
        path = f"/v1/releases/{name}"
        for item in (await api.get(path, limit="1"))["items"]:
            found[f"GET {path}/{{cube}}/{{period}}/{{number}}"] = {
                "parameters": {key: item[key] for key in KEY}
            }
    return found
