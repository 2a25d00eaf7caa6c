"""From proposed plans to completed activities, reactions and test results."""

from collections.abc import Collection, Iterable
from datetime import date
from random import Random

from deploy.demo import ledger as book
from deploy.demo import timeline
from deploy.demo.api import Api
from deploy.demo.ledger import Ledger
from shared.events.framework import COMPETENCIES
from steward_client import models

Plan = models.Plan


async def proposed(api: Api, assessments: Collection[str], *, seconds: float = 60) -> list[Plan]:
    """The plans proposed from some assessments, once all of them are there."""
    wanted = set(assessments)

    async def read() -> list[Plan]:
        plans = api.acting().all_plans(state="proposed")
        return [plan async for plan in plans if plan["assessment_id"] in wanted]

    return await api.until(
        f"{len(wanted)} plans to be proposed", read, lambda plans: len(plans) == len(wanted), seconds=seconds
    )


async def agree(api: Api, ledger: Ledger, plans: Iterable[Plan]) -> list[Plan]:
    """Agree plans as programme manager, and note them."""
    day = await timeline.today(api)

    async def one(plan: Plan) -> Plan:
        agreed = await api.acting().post_plans_by_plan_id_agree(plan["plan_id"], if_match=plan["version"])
        note(ledger, agreed, day)
        return agreed

    return await api.each(one(plan) for plan in plans)


def note(ledger: Ledger, plan: Plan, day: date) -> None:
    """Remember an agreed plan with its activities."""
    ledger.plans[plan["plan_id"]] = book.Plan(
        plan_id=plan["plan_id"],
        assessment_id=plan["assessment_id"],
        person_id=plan["person_id"],
        unit_code=plan["unit_code"],
        competencies=frozenset(COMPETENCIES.index(code) for code in plan["competencies"]),
        activities={
            item["activity_id"]: book.Activity(
                item["activity_id"], item["approach"], date.fromisoformat(item["due_on"])
            )
            for item in plan["activities"]
        },
        agreed_on=day,
    )


async def carry_out(api: Api, ledger: Ledger, plan: Plan, random: Random, *, share: float = 1.0) -> int:
    """Start and complete a plan's activities with a reaction and a test for each; how many."""
    day, manager = await timeline.today(api), api.acting()
    done = 0
    for item in plan["activities"]:
        if random.random() > share:
            continue
        place = plan["plan_id"], item["activity_id"]
        await manager.post_plans_by_plan_id_activities_by_activity_id_start(*place)
        hours = max(1, item["hours"] - random.randint(0, 4))
        await manager.post_plans_by_plan_id_activities_by_activity_id_complete(*place, {"hours": hours})
        noted = ledger.plans[plan["plan_id"]].activities[item["activity_id"]]
        noted.hours, noted.completed_on = hours, day
        done += 1
    return done


async def answer(api: Api, ledger: Ledger, plan: Plan, subject: str, random: Random) -> int:
    """The participant's reaction to every completed activity, and the tests before and after."""
    day = await timeline.today(api)
    noted = ledger.plans[plan["plan_id"]]
    done = [activity for activity in noted.activities.values() if activity.completed_on]
    for activity in done:
        relevance, usefulness = random.choice((3, 4, 4, 5)), random.choice((3, 4, 5))
        await api.acting(f"leader:{subject}").post_reactions(
            {"activity_id": activity.activity_id, "relevance": relevance, "usefulness": usefulness}
        )
        ledger.reactions.append(book.Reaction(noted.unit_code, noted.person_id, relevance, usefulness, day))
        before = random.randint(30, 65)
        after = min(100, before + random.randint(5, 35))
        await api.acting().post_learning_results(
            {"activity_id": activity.activity_id, "pre_percent": before, "post_percent": after}
        )
        ledger.learning.append(book.Learning(noted.unit_code, noted.person_id, before, after, day))
    return len(done)
