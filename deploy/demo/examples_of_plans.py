"""Plans for the API page: other people's, in each state that a command needs, and the leader's own."""

from typing import Any

from deploy.demo import examples_of_operators, rounds
from deploy.demo.api import Api

Examples = dict[str, dict[str, Any]]
COMMANDS = ("start", "complete", "cancel")  # each for an activity of its own


async def prepare(api: Api, who: str, person: str) -> Examples:
    """What to fill in for the leader `who`, who is `person`."""
    return await _plans(api, person) | await _own_plan(api, who, person)


async def _plans(api: Api, person: str) -> Examples:
    """Other people's plans, in each state that a command needs."""
    found = [item async for item in api.pages("/v1/plans", state="proposed") if item["person_id"] != person]
    worked = next(item for item in found if len(item["activities"]) >= len(COMMANDS))
    again, agree, close = [item for item in found if item is not worked][:3]
    for plan in (close, worked):
        await api.change("POST", f"/v1/plans/{plan['plan_id']}/agree", plan["version"])
    place, steps = worked["plan_id"], [item["activity_id"] for item in worked["activities"]]
    await api.post(f"/v1/plans/{place}/activities/{steps[COMMANDS.index('complete')]}/start")
    path = "/v1/plans/{plan_id}"
    return {
        f"GET {path}": {"parameters": {"plan_id": place}},
        f"POST {path}/agree": {"parameters": {"plan_id": agree["plan_id"]}},
        f"POST {path}/close": {"parameters": {"plan_id": close["plan_id"]}},
        f"POST {path}/propose-again": {"parameters": {"plan_id": again["plan_id"]}},
    } | {
        f"POST {path}/activities/{{activity_id}}/{command}": {
            "parameters": {"plan_id": place, "activity_id": step}
        }
        for step, command in zip(steps, COMMANDS, strict=False)
    }


async def _own_plan(api: Api, who: str, person: str) -> Examples:
    """The leader's own plan: one activity was reacted to and tested, the next one waits for both."""
    plan = next(
        iter([item async for item in api.pages("/v1/plans", who=who, state="proposed", person=person)])
    )
    await api.change("POST", f"/v1/plans/{plan['plan_id']}/agree", plan["version"], who=who)
    first, second = (item["activity_id"] for item in plan["activities"][:2])
    for step in (first, second):
        path = f"/v1/plans/{plan['plan_id']}/activities/{step}"
        await api.post(f"{path}/start", who=who)
        await api.post(f"{path}/complete", {"hours": 8}, who=who)
    await rounds.settled(api)
    reaction, test = {"relevance": 5, "usefulness": 4}, {"pre_percent": 52.5, "post_percent": 81}
    given = await api.post("/v1/reactions", {"activity_id": first, **reaction}, who=who)
    recorded = await api.post("/v1/learning-results", {"activity_id": first, **test})
    found: Examples = {
        "GET /v1/reactions/{reaction_id}": {"parameters": {"reaction_id": given["reaction_id"]}},
        "POST /v1/reactions": {"body": {"activity_id": second, **reaction}},
        "GET /v1/learning-results/{learning_result_id}": {
            "parameters": {"learning_result_id": recorded["learning_result_id"]}
        },
        "POST /v1/learning-results": {"body": {"activity_id": second, **test}},
    }
    asked = [item async for item in api.pages("/v1/follow-ups", who=who)]
    found["GET /v1/follow-ups/{follow_up_id}"] = {"parameters": {"follow_up_id": asked[0]["follow_up_id"]}}
    return found | await examples_of_operators.check_in(api, who)
