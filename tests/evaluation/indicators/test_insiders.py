"""Indicators read by insiders: what they may read of people otherwise is subtracted from what is published."""

import random
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.evaluation.indicators.computed import COMPUTED
from services.evaluation.indicators.outcomes import BESIDE
from services.evaluation.indicators.queries import values
from services.evaluation.intake.commands import answers
from shared.auth.caller import Caller
from shared.events.registry import PersonState
from shared.http.paging import Page
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.releasing import release_all
from tests.insider import Shares, solved

TREE = {"C": None, "D1": "C", "D2": "C", "F1": "D1", "F2": "D1", "F3": "D2"}
PERIOD = "2026Q3"
NOBODY = Caller(frozenset({"leader"}), ("C",), "key-nobody")
LEAD = Caller(frozenset({"leader"}), ("C",), "key-lead")


def member(name: str, unit: str, version: int = 1, *, team: bool = False) -> PersonState:
    """A person with a sign-in; those of the team report to the lead's post."""
    manager = b.ident("post-lead") if team else None
    return b.person(name, unit, version, manager_post_id=manager, subject_keys=[f"key-{name}"])


async def read(evaluation: Evaluation, caller: Caller, unit: str, indicator: str) -> dict[str, Any] | None:
    async with evaluation.database.reading() as session:
        page = await values.listing(session, caller, Page(50, None), unit, indicator, PERIOD)
    return next(iter(page["items"]), None)


async def edition(evaluation: Evaluation) -> None:
    await release_all(evaluation)


async def assessed(evaluation: Evaluation, names: Iterable[str], unit: str) -> None:
    for who in names:
        await evaluation.take(b.received(b.assessed(f"a-{who}", who, "2026-07-10", unit)))


async def carried_out(evaluation: Evaluation, names: Iterable[str], unit: str) -> None:
    """Each was assessed, learnt, said so, was tested and rated again; every second one did all and reached all."""
    manager = Caller(frozenset({"hris"}), ("C",), "key-hris")
    await assessed(evaluation, names, unit)
    for number, who in enumerate(names):
        well = number % 2 == 0
        again = list(b.scores(420) if well else b.scores(k9=310))
        approach = "workplace-learning" if well else "formal-training"
        planned = [f"course-{who}"] if well else [f"course-{who}", f"second-{who}", f"third-{who}"]
        courses = [b.planned(name, "2026-08-15", approach=approach) for name in planned]
        follow_up = {"kind": "follow-up", "plan_id": b.ident(f"plan-{who}"), "follow_up_days": 90}
        agreed_on, at = "2026-07-20" if well else "2026-09-20", {"unit_code": unit}
        done = b.completed(f"course-{who}", f"plan-{who}", who, "2026-08-10", approach=approach, **at)
        await evaluation.take(
            b.received(b.agreed(f"plan-{who}", f"a-{who}", who, agreed_on, *courses, **at), 2),
            b.received(done),
            b.received(
                b.assessed(f"b-{who}", who, "2026-08-20", unit, others=again, scores=again, **follow_up)
            ),
        )
        async with evaluation.database.session() as session:
            mine, activity = Caller(frozenset({"leader"}), (), f"key-{who}"), UUID(b.ident(f"course-{who}"))
            await answers.give_reaction(session, mine, activity, 4, 5)
            await answers.record_test(session, manager, activity, answers.Test(5000, 6000))


async def test_no_indicator_gives_a_leader_the_one_who_is_not_in_the_team(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Eleven at F1, ten of them the reader's team; F2 would be the difference to the district.

    Beside them six at each who were not assessed, at F1 of the team, too: they count in OP-01 alone.
    """
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    first, second = [f"a{number}" for number in range(11)], [f"b{number}" for number in range(12)]
    beside = [member(f"x{number}", "F1", team=True) for number in range(6)]
    beside += [member(f"{unit}-{number}", unit) for unit in ("F2", "F3") for number in range(6)]
    staff = [member(who, "F1", team=who != "a10") for who in first] + [member(who, "F2") for who in second]
    others = [f"c{number}" for number in range(12)]
    staff += [member(who, "F3") for who in ("lead", *others)]
    await evaluation.take(b.received(b.people(*staff, *beside)))
    await carried_out(evaluation, first, "F1")
    await carried_out(evaluation, second, "F2")
    await carried_out(evaluation, others, "F3")
    await edition(evaluation)
    for indicator in COMPUTED:
        more = 6 if indicator == "OP-01" else 0
        everybody = {unit: await read(evaluation, NOBODY, unit, indicator) for unit in ("D1", "F1", "F2")}
        assert {unit: item and item["people"] for unit, item in everybody.items()} == {
            "D1": 23 + 2 * more, "F1": 11 + more, "F2": 12 + more
        }, indicator  # fmt: skip
        found = {unit: await read(evaluation, LEAD, unit, indicator) for unit in ("D1", "F1", "F2")}
        hidden = {unit: item and (item["people"], item["suppressed"]) for unit, item in found.items()}
        whole = (23 + 2 * more, False)
        assert hidden == {"D1": whole, "F1": (None, True), "F2": (None, True)}, indicator
        withheld = found["F1"] or {}
        assert (withheld["as_of"], withheld["version"], withheld["value"]) == (date(2026, 7, 1), 1, None)
        assert indicator not in BESIDE or withheld["beside"]["suppressed"]
    async with evaluation.database.reading() as session:
        page = await values.children(session, LEAD, Page(50, None), "D1", "OC-01", PERIOD)
    assert [item["suppressed"] for item in page["items"]] == [True, True]


async def test_a_leader_of_everybody_in_a_value_reads_it_live(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Three at F1 are the team, and the reader is at the district: all four are readable, too few to publish.

    Of the ten others five are covered, and five are not.
    """
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    team = [member(f"a{number}", "F1", team=True) for number in range(3)]
    others = [member("c9", "C"), *(member(f"c{n}", "F3") for n in range(9))]
    await evaluation.take(b.received(b.people(*team, member("lead", "D1"), *others)))
    await assessed(evaluation, [f"c{n}" for n in range(5)], "F3")
    await edition(evaluation)
    found = {unit: await read(evaluation, LEAD, unit, "OP-01") for unit in TREE if unit != "F2"}
    assert {unit: item and (item["people"], item["live"]) for unit, item in found.items()} == {
        "C": (14, False), "D1": (4, True), "F1": (3, True), "D2": None, "F3": None,
    }  # fmt: skip
    # The same person as an operator, who reads no individuals.
    operator = Caller(frozenset({"ops"}), ("C",), "key-lead")
    assert await read(evaluation, operator, "D1", "OP-01") is None
    assert await read(evaluation, NOBODY, "D1", "OP-01") is None


async def test_a_manager_reads_no_more_in_a_closed_quarter_than_whom_the_units_have_now(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """F1 had three people when it went to D2: what D1 had with them is withheld from D1's manager."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    staff = [member(f"a{number}", "F1") for number in range(3)] + [member(f"b{n}", "F2") for n in range(7)]
    await evaluation.take(b.received(b.people(*staff)))
    await edition(evaluation)
    manager = Caller(frozenset({"programme-manager"}), ("D1",), "key-nobody")
    before = await read(evaluation, manager, "D1", "OP-01")
    assert before is not None
    assert (before["people"], before["live"]) == (10, True)
    today("2026-10-02")
    await evaluation.take(b.received(b.units(("F1", "D2"), version=2), 2))
    after, whole = (
        await read(evaluation, manager, "D1", "OP-01"),
        await read(evaluation, manager, "F2", "OP-01"),
    )
    assert after is not None
    assert whole is not None
    assert (after["people"], after["suppressed"]) == (None, True)
    assert (whole["people"], whole["live"]) == (7, True)
    country = await read(evaluation, Caller(frozenset({"hris"}), ("C",), "key-nobody"), "D1", "OP-01")
    assert country is not None
    assert (country["people"], country["live"]) == (10, True)


async def test_who_works_inside_today_is_read_wherever_they_counted_and_subtracted(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """Ten counted at F1, which is D2's now; one of them has come back, and is read with plans and answers."""
    today("2026-08-25")
    await evaluation.take(b.received(b.units(*TREE.items())))
    staff = [member(f"a{number}", "F1") for number in range(10)] + [member(f"b{n}", "F2") for n in range(7)]
    await evaluation.take(b.received(b.people(*staff)))
    await assessed(evaluation, [f"a{n}" for n in range(5)], "F1")
    await assessed(evaluation, [f"b{n}" for n in range(6)], "F2")
    await edition(evaluation)
    manager = Caller(frozenset({"programme-manager"}), ("D1",), "key-nobody")
    today("2026-10-02")
    await evaluation.take(b.received(b.units(("F1", "D2"), version=2), 2))
    ten = await read(evaluation, manager, "D1", "OP-01")
    assert ten is not None
    assert (ten["people"], ten["live"]) == (17, False)
    await evaluation.take(b.received(b.people(member("a0", "F2", 2)), 2))
    nine = await read(evaluation, manager, "D1", "OP-01")
    assert nine is not None
    assert (nine["people"], nine["suppressed"]) == (None, True)


@pytest.mark.parametrize("seed", range(6))
async def test_no_leader_solves_for_one_to_four_people(
    evaluation: Evaluation, today: Callable[[str], date], seed: int
) -> None:
    """People come to posts and go to others between releases; the lead has any team among them."""
    today("2026-08-25")
    chance = random.Random(seed)
    await evaluation.take(b.received(b.units(*TREE.items())))
    names = [f"p{number}" for number in range(30)]
    team = {name for name in names if chance.random() < chance.choice([0.1, 0.3])}
    at, told, moved = {"lead": "D2"}, dict[str, frozenset[str]](), dict[str, int]()
    await evaluation.take(b.received(b.people(member("lead", "D2"))))
    for step in range(4):
        batch = chance.sample(names, chance.choice([6, 12, 20]))
        at |= {name: chance.choice(["F1", "F1", "F2", "F3", "D1", "C"]) for name in batch}
        states = [member(name, at[name], step + 1, team=name in team) for name in batch]
        await evaluation.take(b.received(b.people(*states), step + 1))
        await assessed(evaluation, [name for name in batch if int(name[1:]) % 2], "F1")
        await edition(evaluation)
        rows = await evaluation.rows("select unit_code, moved from indicator_value where indicator = 'OP-01'")
        for unit, last in rows:
            if last != moved.get(unit, 0):
                moved[unit], told[unit] = (
                    last,
                    frozenset(who for who, home in at.items() if unit in path(home)),
                )
        known = {"lead"} | (team & at.keys())
        if solved(totals(told), ()) is not None:
            continue  # what editions tell everybody: decision 5
        seen = {unit: await read(evaluation, LEAD, unit, "OP-01") for unit in told}
        shown = [unit for unit, item in seen.items() if item and not item["suppressed"] and not item["live"]]
        assert solved(totals({unit: told[unit] for unit in shown}), known) is None


def totals(told: dict[str, frozenset[str]]) -> dict[str, Shares]:
    return {unit: frozenset((who, 1) for who in people) for unit, people in told.items()}


def path(unit: str | None) -> list[str]:
    return [*path(TREE[unit]), unit] if unit else []
