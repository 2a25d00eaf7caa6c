"""Assess, plan, develop, evaluate: the demonstration's own steps, as far as they need no other day than today."""

from collections.abc import Callable
from time import monotonic

from deploy.demo import developing, expected, rating, registering, registration, rounds, timeline, verifying
from deploy.demo.api import Api, Json, NotReached, Refused
from deploy.demo.run import Run, StepFailed, check
from deploy.smoke import place
from deploy.smoke.place import REGION
from deploy.smoke.sign_in import SignIn
from shared import periods
from steward_client import models

LEFT_OUT = ("follow-ups at 30, 90 and 180 days", "the close of a quarter", "the trace")
REPEATABLE = ("OP-01", "OP-04", "OC-05")  # indicators that an earlier run in the same quarter does not change


async def run(url: str, sign_in: SignIn, root: str, say: Callable[[str], None]) -> Json:
    """Every step against the instance at `url`; what happened as numbers. Raises StepFailed.

    `root` is the country's unit. Units and people are made once; each run leaves a closed cycle with
    its assessments and closed plans.
    """
    began = monotonic()
    try:
        async with Api(url, sign_in.token, units=(root,), at_once=4) as top:
            made = await place.make_units(top, root)
        say(f"{len(place.UNITS)} units below {root}, {made} of them new")
        async with Api(url, sign_in.token, units=(REGION,), at_once=4) as api:
            found = await _steps(api, sign_in, say)
    except (Refused, NotReached, AssertionError) as error:
        raise StepFailed(str(error)) from error
    say(f"left out, since time cannot be moved here: {', '.join(LEFT_OUT)}")
    if silent := len(found.country.posts) - len(found.signs_in or ()):
        say(f"left out, for want of their tokens: what {silent} people would say themselves")
    return {**found.counts, "seconds": round(monotonic() - began, 1)}


async def _steps(api: Api, sign_in: SignIn, say: Callable[[str], None]) -> Run:
    api.alone = False
    api.known_dead_letters = (await api.acting("ops").get_flow())["dead_letters"]
    found = await _register(api, sign_in, say)
    await _end_what_is_open(found)
    await rating.first_cycle(found)
    await rating.check_results(found)
    await rounds.settled(api)
    await verifying.check_rollups(found)
    await developing.develop(found)
    await rounds.settled(api)
    await _check_evaluations(found)
    await _check_indicators(found)
    await verifying.check_views(found)
    await _end_what_is_open(found)
    await rounds.settled(api)
    return found


async def _register(api: Api, sign_in: SignIn, say: Callable[[str], None]) -> Run:
    country = place.people(sign_in)
    await place.register_source(api, sign_in)
    new = await place.load_people(api, country, sign_in.issuer)
    say(f"{len(country.posts)} people with their posts, {new} of them new")
    ids = await registration.read_ids(api, under=REGION)
    await rounds.settled(api)
    return await registering.begun(api, say, country, ids, place.signs_in(country, sign_in))


async def _end_what_is_open(run: Run) -> None:
    """Close the region's cycles and plans: this run's own, and those of a run that was broken off."""
    manager = run.api.acting()
    cycles = [item async for item in manager.all_cycles(unit=REGION) if item["state"] != "closed"]
    for cycle in cycles:
        if cycle["state"] == "draft":
            await manager.post_cycles_by_cycle_id_open(cycle["cycle_id"])
        await rounds.close_cycle(run.api, cycle["cycle_id"])
    plans = [plan async for plan in manager.all_plans(unit=REGION) if plan["state"] != "closed"]
    for plan in plans:
        end: models.PlanEnd = {"outcome": "abandoned"}
        await manager.post_plans_by_plan_id_close(plan["plan_id"], end, if_match=plan["version"])
    if cycles or plans:
        run.say(f"{len(cycles)} cycles and {len(plans)} plans closed")


async def _check_evaluations(run: Run) -> None:
    """What was carried out can be followed: a reaction and a test for each completed activity."""
    posts = run.posts()
    for key, plan in run.plans.items():
        (found,) = (await run.api.acting().get_evaluations(plan=plan["plan_id"]))["items"]
        answered = [item for item in found["reaction"] if item["reaction_id"]]
        noted = run.ledger.plans[plan["plan_id"]].activities.values()
        done = sum(item.completed_on is not None for item in noted) if run.can_sign_in(posts[key]) else 0
        check(
            len(answered) == done, f"{len(answered)} reactions of plan {plan['plan_id']}, {done} were given"
        )
        check(len(found["learning"]) == done, f"tests of plan {plan['plan_id']}: {found['learning']}")
    run.say(f"{len(run.plans)} plans evaluated by reaction and learning")


async def _check_indicators(run: Run) -> None:
    """Coverage, plans in time and proficiency of this quarter equal the script's own figures."""
    today = await timeline.today(run.api)
    period = periods.of(today)
    mine = expected.indicators(run.ledger, period, today)

    async def one(indicator: str, code: str) -> Json:
        found = await run.api.acting().get_indicator_values(unit=code, indicator=indicator, period=period)
        return next((dict(item) for item in found["items"]), {})

    for indicator in REPEATABLE:
        for unit in run.country.units:
            cell = mine[indicator, unit.code]
            wanted = (len(cell.people), float(cell.numerator), float(cell.denominator))
            await run.api.until(
                f"{indicator} of {unit.code} to be {wanted}",
                lambda name=indicator, code=unit.code: one(name, code),  # type: ignore[misc]
                lambda item, wanted=wanted: (
                    (item.get("people"), item.get("numerator"), item.get("denominator")) == wanted
                ),  # type: ignore[misc]
                seconds=30,
            )
            run.counts["indicator_values"] += 1
    run.say(f"{run.counts['indicator_values']} indicator values equal the script's own")
