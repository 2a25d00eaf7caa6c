"""Steps 4 and 6: figures read from the platform against figures computed from what the script did."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date
from time import monotonic
from typing import Protocol

from deploy.demo import expected
from deploy.demo.developing import refresh_plans
from deploy.demo.run import Run, check
from shared import periods
from shared.events.framework import COMPETENCIES

COMPUTED = ("OP-01", "OP-04", "OP-05", "OP-06", "OC-01", "OC-02", "OC-03", "OC-04", "OC-05")
FLOW = {"gateway", "assessment", "planning", "evaluation"}
SMALLEST = 5


class Span(Protocol):
    """A step of a recorded flow."""

    @property
    def service(self) -> str:
        """Which recorded it."""


Recorded = Callable[[str], Sequence[Span]]  # the spans of a trace that were recorded so far


async def check_rollups(run: Run) -> None:
    """The country's and every region's roll-up equals sums over the people; small cells are shown live alone."""
    period = periods.of(run.days[0])
    mine = expected.rollups(run.ledger, period)
    shown = 0
    top = [unit.code for unit in run.country.units if unit.level in {"country", "region", "district"}]
    for code in top:
        found = await run.api.acting().get_rollups(unit=code, period=period)
        for cell in found["levels"]:
            people, counts, sums = mine[code, cell["level"]]
            if cell["people"] is None:
                check(
                    cell["suppressed"], f"roll-up of {code} {cell['level']} has neither figures nor a reason"
                )
                continue
            check(
                cell["live"] or people >= SMALLEST, f"roll-up of {code} {cell['level']} shows {people} people"
            )
            check(
                cell["people"] == people,
                f"{code} {cell['level']}: {cell['people']} people, expected {people}",
            )
            for place, figure in enumerate(cell["figures"]):
                if figure is not None:
                    mean = round(sums[place] / counts[place])
                    where = f"{code} {cell['level']} {COMPETENCIES[place]}"
                    check(
                        (figure["people"], figure["mean"]) == (counts[place], mean),
                        f"{where}: {figure}, expected {counts[place]}, {mean}",
                    )
                    shown += 1
    check(shown >= len(COMPETENCIES), "no roll-up is shown")
    run.say(f"{shown} roll-up figures of {len(top)} units equal the sums over people")


async def check_indicators(run: Run, today: date) -> None:
    """Every computed indicator of the upper units and of the developed teams, in every period so far."""
    await refresh_plans(run)
    since = periods.of(run.days[0])
    upper = {unit.code for unit in run.country.units if unit.level in {"country", "region", "district"}}
    teams = {run.posts()[key].unit_code for key in run.plans}
    seen: set[str] = set()
    period = since
    while period < periods.of(today):
        mine = expected.indicators(run.ledger, period, today)
        for code in sorted(upper | teams):
            seen |= await _check_unit(run, mine, code, period)
        period = periods.following(period)
    check(set(COMPUTED) <= seen, f"indicators without any value: {sorted(set(COMPUTED) - seen)}")
    run.say(f"{run.counts['indicator_values']} indicator values equal the script's own")


async def _check_unit(
    run: Run, mine: dict[tuple[str, str], expected.Cell], code: str, period: str
) -> set[str]:
    """Compare one unit in one period; the indicators that it shows."""
    shown = set()
    seen = set()
    async for value in run.api.acting().all_indicator_values(unit=code, period=period):
        name = value["indicator"]
        if ":" in name:
            continue
        seen.add(name)
        cell = mine.get((name, code))
        where = f"{name} of {code} in {period}"
        check(cell is not None, f"{where} has a value, but nothing happened: {value}")
        assert cell is not None
        if value["suppressed"]:
            check(value["value"] is None, f"{where} is hidden and shown at once: {value}")
            continue
        check(value["live"] or len(cell.people) >= SMALLEST, f"{where} shows {len(cell.people)} people")
        published = (value["people"], value["denominator"])
        check(published == (len(cell.people), float(cell.denominator)), f"{where}: {value}, expected {cell}")
        numerator = value["numerator"]
        near = numerator is not None and abs(numerator - float(cell.numerator)) <= 0.001 * len(cell.people)
        check(near, f"{where}: numerator {numerator}, expected {float(cell.numerator)}")
        shown.add(name)
        run.counts["indicator_values"] += 1
    missing = {name for name, unit in mine if unit == code} - seen
    check(not missing, f"{code} has no value in {period} of {sorted(missing)}")
    return shown


async def check_evaluations(run: Run) -> None:
    """Every plan that was carried out can be followed over reaction, learning and behaviour."""

    async def one(plan_id: str) -> bool:
        found = (await run.api.acting().get_evaluations(plan=plan_id))["items"]
        check(len(found) == 1, f"{len(found)} evaluations of plan {plan_id}")
        reactions = [item for item in found[0]["reaction"] if item["reaction_id"]]
        check(bool(reactions), f"no reaction in the evaluation of plan {plan_id}")
        check(len(found[0]["learning"]) == len(reactions), f"no tests in the evaluation of plan {plan_id}")
        check(
            len(found[0]["behaviour"]) >= 2, f"plan {plan_id} was followed up twice: {found[0]['behaviour']}"
        )
        return True

    results = await run.api.each(one(plan["plan_id"]) for plan in run.plans.values())
    run.counts["evaluations"] = len(results)
    run.say(f"{len(results)} plans evaluated by reaction, learning and behaviour")


async def check_views(run: Run) -> None:
    """The composed views hold all their parts."""
    person = run.ids.person(run.posts()[next(iter(run.plans))])
    profile = await run.api.acting().get_people_by_person_id_profile(person)
    check(not profile["missing"], f"a leader's profile lacks {profile['missing']}")
    period = periods.of(run.days[0])
    overview = await run.api.acting().get_units_by_code_overview(run.country.root, period=period)
    check(not overview["missing"], f"the country's overview lacks {overview['missing']}")
    run.say("a leader's profile and the country's overview are complete")


async def check_trace(run: Run, recorded: Recorded, *, seconds: float = 30) -> None:
    """The last answer of the team rated one by one is one trace over four services."""
    deadline = monotonic() + seconds
    while True:
        spans = recorded(run.trace_id)
        services = {span.service.removeprefix("steward-") for span in spans}
        if services >= FLOW or monotonic() > deadline:
            break
        await asyncio.sleep(0.2)
    check(
        services >= FLOW,
        f"trace {run.trace_id} has {len(spans)} spans of {sorted(services)}, not {sorted(FLOW)}",
    )
    run.counts["services_in_one_trace"] = len(services)
    run.say(f"one trace of {len(spans)} spans over {', '.join(sorted(services))}: {run.trace_id}")
