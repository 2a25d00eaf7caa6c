"""Calls of the API page about what an instance rarely has: dead letters, and check-ins that are due."""

from typing import Any

from deploy.demo.api import Api

CHECK_IN = 30  # days after which a leader is asked how it goes
Examples = dict[str, dict[str, Any]]


async def letters(api: Api) -> Examples:
    """One dead letter to look at and to apply, and another one to drop; needs two that wait."""
    waiting = [
        item for item in (await api.acting("ops").get_dead_letters())["items"] if item["state"] == "waiting"
    ]
    shown, dropped = ({"parameters": {"seq": item["seq"]}} for item in waiting[:2])
    path = "/v1/dead-letters/{seq}"
    return {f"GET {path}": shown, f"POST {path}/replay": shown, f"POST {path}/drop": dropped} | {
        "POST /v1/dead-letters/replays": {"body": {"cause": waiting[0]["cause"]}}
    }


async def check_in(api: Api, who: str) -> Examples:
    """A check-in to answer as the leader `who`, where one is due; else nothing."""
    asked = api.acting(who).all_follow_ups(state="due")
    due = [item async for item in asked if item["days"] == CHECK_IN]
    path = "POST /v1/follow-ups/{follow_up_id}/answer"
    return {path: {"parameters": {"follow_up_id": due[0]["follow_up_id"]}}} if due else {}
