"""Readers over NATS for the API page, by the sign-in that the page is filled in for."""

from typing import Any

from deploy.demo.api import Api

NAMES = ("warehouse", "dashboard", "former")  # to look at, to give another credential, to revoke


async def prepare(api: Api, leader: str) -> dict[str, dict[str, Any]]:
    """Make one for each thing that can be done with them."""
    who = f"programme-manager:{leader}"
    for name in NAMES:
        await api.post("/v1/readers", {"name": name}, who=who)
    one, other, former = ({"parameters": {"name": name}} for name in NAMES)
    path = "/v1/readers/{name}"
    return {f"GET {path}": one, f"POST {path}/credentials": other, f"DELETE {path}": former}
