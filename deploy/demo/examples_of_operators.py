"""Calls of the API page about what an instance rarely has: dead letters, and check-ins that are due."""

from typing import Any

from deploy.demo.api import Api

CHECK_IN = 30  # days after which a leader is asked how it goes
Examples = dict[str, dict[str, Any]]


async def letters(api: Api) -> Examples:
    """One dead letter to look at and to apply, and another one to drop; needs two that wait."""
    waiting = [
        item for item in (await api.get("/v1/dead-letters", who="ops"))["items"] if item["state"] == "waiting"
    ]
    shown, dropped = ({"parameters": {"seq": item["seq"]}} for item in waiting[:2])
    path = "/v1/dead-letters/{seq}"
    return {f"GET {path}": shown, f"POST {path}/replay": shown, f"POST {path}/drop": dropped} | {
        "POST /v1/dead-letters/replays": {"body": {"cause": waiting[0]["cause"]}}
    }


async def check_in(api: Api, who: str) -> Examples:
    """A check-in to answer as the leader `who`, where one is due; else nothing."""
    asked = [item async for item in api.pages("/v1/follow-ups", who=who)]
    due = [item for item in asked if item["days"] == CHECK_IN and item["state"] == "due"]
    path = "POST /v1/follow-ups/{follow_up_id}/answer"
    return {path: {"parameters": {"follow_up_id": due[0]["follow_up_id"]}}} if due else {}
