"""The main loop once, through the gateway alone: assess, plan, develop, evaluate.

Every step checks what it sees against what the script itself sent. Nothing waits blindly: each wait
has a condition and a deadline.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic

from deploy.demo import developing, rating, registering, rounds, verifying
from deploy.demo.api import Api, Json, NotReached, Refused, Tokens
from deploy.demo.registering import Source
from deploy.demo.run import Run, StepFailed, check
from deploy.demo.verifying import Recorded

__all__ = ["StepFailed", "run"]


async def run(
    url: str,
    token: Tokens,
    *,
    recorded: Recorded,
    facilities: Path | None,
    columns: Mapping[str, str | None] | None = None,
    say: Callable[[str], None],
) -> Json:
    """Run every step on a fresh stack and return what happened as numbers. Raises StepFailed.

    `recorded` asks the stack's trace store. `columns` of the list `facilities` are those that registry would
    not find by itself.
    """
    began = monotonic()
    source = registering.published(facilities, columns) if facilities else registering.made_up()
    try:
        async with Api(url, token, units=(source.code,)) as api:
            found = await _steps(api, source, recorded, say)
    except (Refused, NotReached, AssertionError) as error:
        raise StepFailed(str(error)) from error
    return _summary(found, monotonic() - began)


async def _steps(api: Api, source: Source, recorded: Recorded, say: Callable[[str], None]) -> Run:
    found = await registering.register(api, source, say)
    await rating.first_cycle(found)
    await rating.check_results(found)
    await rounds.settled(api)
    await verifying.check_rollups(found)
    await verifying.check_trace(found, recorded)
    await developing.develop(found)
    today = await developing.days_pass(found)
    await rating.check_results(found)
    await verifying.check_evaluations(found)
    await verifying.check_indicators(found, today)
    await verifying.check_views(found)
    flow = await rounds.settled(api)
    for name in ("events_published", "events_consumed", "dead_letters"):
        found.counts[name] = flow[name]
    check(flow["dead_letters"] == 0, f"{flow['dead_letters']} events could not be handled")
    return found


def _summary(found: Run, seconds: float) -> Json:
    names = (
        "units", "people", "assessments", "scores", "gaps", "plans_proposed", "activities_completed",
        "evaluations", "indicator_values", "events_published", "events_consumed", "dead_letters",
        "services_in_one_trace",
    )  # fmt: skip
    return {**{name: found.counts[name] for name in names}, "seconds": round(seconds, 1)}
