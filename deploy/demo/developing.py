"""Steps 3 and 5: plans are proposed, agreed and carried out; days pass, and behaviour is rated again."""

from datetime import date, datetime, timedelta
from random import Random

from deploy.demo import plan_steps, rating, ratings, rounds, timeline
from deploy.demo.ledger import Assessed
from deploy.demo.model import Post
from deploy.demo.run import SEED, Run, check
from shared import clock, periods
from shared.events.framework import COMPETENCIES
from steward_client import models

DEVELOPED = 40  # people whose plans are carried out: enough for figures of their units to be shown
CHECK_IN = 30
RE_RATINGS = (90, 180)
IMPROVES = 0.7  # share of those developed in whom it shows


async def develop(run: Run) -> None:
    """Wait for a plan for everybody with a gap; agree some, carry them out, react, be tested."""
    with_gap = [item for item in run.ledger.assessed.values() if has_gap(item)]
    plans = await plan_steps.proposed(run.api, [item.assessment_id for item in with_gap], seconds=180)
    run.counts["plans_proposed"] = len(plans)
    run.say(f"{len(plans)} plans proposed for {len(with_gap)} people with a gap")
    for plan in plans[:20]:
        _check_plan(run, plan)
    chosen = {post.key: post for post in _chosen(run)}
    by_person = {run.ids.person(post): key for key, post in chosen.items()}
    mine = [plan for plan in plans if plan["person_id"] in by_person]
    agreed = await plan_steps.agree(run.api, run.ledger, mine)
    run.plans = {by_person[plan["person_id"]]: plan for plan in agreed}
    done = await run.api.each(
        plan_steps.carry_out(run.api, run.ledger, plan, Random(f"{SEED}/{key}"), share=0.9)
        for key, plan in run.plans.items()
    )
    run.counts["activities_completed"] = sum(done)
    run.plans = {key: plan for (key, plan), number in zip(run.plans.items(), done, strict=True) if number}
    await rounds.settled(run.api)
    reactions = await _answers(run)
    _improve(run)
    run.say(f"{len(agreed)} plans agreed, {sum(done)} activities completed, {reactions} reactions and tests")


async def _answers(run: Run) -> int:
    """Reactions to every completed activity, and tests, of everybody who can sign in."""
    posts = run.posts()
    mine = {key: plan for key, plan in run.plans.items() if run.can_sign_in(posts[key])}
    answered = await run.api.each(
        plan_steps.answer(
            run.api, run.ledger, plan, posts[key].person.subject, Random(f"{SEED}/answer/{key}")
        )
        for key, plan in mine.items()
    )
    notes = [run.ledger.plans[plan["plan_id"]] for plan in mine.values()]
    done = sum(item.completed_on is not None for note in notes for item in note.activities.values())
    check(sum(answered) == done, f"{done} activities completed, {sum(answered)} reactions")
    return done


def has_gap(item: Assessed) -> bool:
    """Whether a gap is left in hundredths: one that rounds to nothing asks for no plan."""
    scores = zip(item.scores, item.targets, strict=True)
    return any(score is not None and score < target for score, target in scores)


def _chosen(run: Run) -> list[Post]:
    """The posts of whole teams, the one rated one by one first, until there are enough."""
    found = list(run.singles)
    by_unit = run.country.by_unit()
    for unit in run.country.units:
        if len(found) >= DEVELOPED:
            break
        if unit.level == "facility" and unit.code not in {post.unit_code for post in run.singles}:
            found += by_unit[unit.code]
    return found


def _check_plan(run: Run, plan: models.Plan) -> None:
    """A proposal addresses gaps that are there, and says why each activity was chosen."""
    noted = run.ledger.assessed[plan["assessment_id"]]
    places = {COMPETENCIES.index(code) for code in plan["competencies"]}
    check(places <= noted.short, f"plan {plan['plan_id']} addresses {places}, gaps are {noted.short}")
    for activity in plan["activities"]:
        check(bool(activity["reason"]), f"plan {plan['plan_id']} gives no reason for {activity}")


def _improve(run: Run) -> None:
    """What the developed can do now: more on what was planned, in most of them."""
    for key, plan in run.plans.items():
        gain = 0.9 if Random(f"{SEED}/improves/{key}").random() < IMPROVES else 0.1
        run.ability[key] = ratings.developed(run.ability[key], plan["competencies"], gain=gain)


async def days_pass(run: Run) -> date:
    """30 days: check-ins; 90 and 180: re-ratings; then on to the end of the quarter."""
    await timeline.advance(run.api, timedelta(days=CHECK_IN))
    await _check_in(run)
    passed = CHECK_IN
    for days in RE_RATINGS:
        await timeline.advance(run.api, timedelta(days=days - passed))
        passed = days
        rated = await rating.follow_up(run, days)
        check(rated == len(run.plans), f"{len(run.plans)} plans, {rated} follow-ups at {days} days")
        run.say(f"day {days}: {rated} people rated again")
    await rounds.settled(run.api)
    day = await timeline.today(run.api)
    quarter_ends = periods.bounds(periods.of(day))[1] + timedelta(days=1)
    day = await timeline.advance(run.api, timedelta(days=(quarter_ends - day).days))
    run.say(f"the quarter closed; it is {day:%d %B %Y}")
    await rounds.everybody_counted(run.api, run.country.root, periods.of(day), len(run.country.posts))
    return day


async def _check_in(run: Run) -> None:
    """Every developed leader answers the check-in that came with day 30."""
    posts = run.posts()
    wanted = {plan["plan_id"]: posts[key] for key, plan in run.plans.items()}

    async def due() -> list[models.FollowUp]:
        pages = run.api.acting().all_follow_ups(state="due")
        return [item async for item in pages if item["days"] == CHECK_IN and item["plan_id"] in wanted]

    found = await run.api.until(f"{len(wanted)} check-ins", due, lambda items: len(items) == len(wanted))

    async def answer(item: models.FollowUp) -> None:
        leader = run.api.acting(f"leader:{wanted[item['plan_id']].person.subject}")
        given: models.CheckIn = {"applied": 4, "obstacle": "time"}
        await leader.post_follow_ups_by_follow_up_id_answer(item["follow_up_id"], given)

    await run.api.each(answer(item) for item in found)
    run.say(f"day {CHECK_IN}: {len(found)} check-ins answered")


async def refresh_plans(run: Run) -> None:
    """When plans ended, which decides whether what is left of them is still due."""

    async def one(plan_id: str) -> None:
        plan = await run.api.acting().get_plans_by_plan_id(plan_id)
        if plan["closed_at"]:
            run.ledger.plans[plan_id].closed_on = clock.day_of(datetime.fromisoformat(plan["closed_at"]))

    await run.api.each(one(plan_id) for plan_id in run.ledger.plans)
