"""Plans for the API page: other people's, in each state that a command needs, and the leader's own."""

from typing import Any

from deploy.demo import examples_of_operators, rounds
from deploy.demo.api import Api
from steward_client import models

Examples = dict[str, dict[str, Any]]
COMMANDS = ("start", "complete", "cancel")  # each for an activity of its own


async def prepare(api: Api, who: str, person: str) -> Examples:
    """What to fill in for the leader `who`, who is `person`."""
    return await _plans(api, person) | await _own_plan(api, who, person)


async def _plans(api: Api, person: str) -> Examples:
    """Other people's plans, in each state that a command needs."""
    manager = api.acting()
    found = [item async for item in manager.all_plans(state="proposed") if item["person_id"] != person]
    worked = next(item for item in found if len(item["activities"]) >= len(COMMANDS))
    again, agree, close = [item for item in found if item is not worked][:3]
    for plan in (close, worked):
        await manager.post_plans_by_plan_id_agree(plan["plan_id"], if_match=plan["version"])
    place, steps = worked["plan_id"], [item["activity_id"] for item in worked["activities"]]
    completed = steps[COMMANDS.index("complete")]
    await manager.post_plans_by_plan_id_activities_by_activity_id_start(place, completed)
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
    leader = api.acting(who)
    plan = next(iter([item async for item in leader.all_plans(state="proposed", person=person)]))
    await leader.post_plans_by_plan_id_agree(plan["plan_id"], if_match=plan["version"])
    first, second = (item["activity_id"] for item in plan["activities"][:2])
    for step in (first, second):
        of_step = plan["plan_id"], step
        await leader.post_plans_by_plan_id_activities_by_activity_id_start(*of_step)
        await leader.post_plans_by_plan_id_activities_by_activity_id_complete(*of_step, {"hours": 8})
    await rounds.settled(api)
    given = await leader.post_reactions(_reaction(first))
    recorded = await api.acting().post_learning_results(_test(first))
    found: Examples = {
        "GET /v1/reactions/{reaction_id}": {"parameters": {"reaction_id": given["reaction_id"]}},
        "POST /v1/reactions": {"body": _reaction(second)},
        "GET /v1/learning-results/{learning_result_id}": {
            "parameters": {"learning_result_id": recorded["learning_result_id"]}
        },
        "POST /v1/learning-results": {"body": _test(second)},
    }
    asked = [item async for item in leader.all_follow_ups()]
    found["GET /v1/follow-ups/{follow_up_id}"] = {"parameters": {"follow_up_id": asked[0]["follow_up_id"]}}
    return found | await examples_of_operators.check_in(api, who)


def _reaction(activity: str) -> models.ReactionGiven:
    return {"activity_id": activity, "relevance": 5, "usefulness": 4}


def _test(activity: str) -> models.TestRecorded:
    return {"activity_id": activity, "pre_percent": 52.5, "post_percent": 81}
