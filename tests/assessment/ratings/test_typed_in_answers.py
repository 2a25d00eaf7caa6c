"""Answers that somebody typed in count once the rater or a second person has confirmed them."""

import pytest
import sqlalchemy as sa

from services.assessment.raters.commands import raters
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.tables.ratings import assessment, rater_request, response
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.directory.projection import take_people
from tests.assessment.cycles.test_cycles import rows, run
from tests.assessment.placed import (
    HONEST,
    MANAGER,
    SELF,
    answer,
    begin,
    closed,
    groups,
    key,
    nothing_but_the_manager,
    place,
    prepared,
)
from tests.assessment.ratings.test_bulk import clerk, codes, line, load
from tests.assessment.ratings.test_submit import requests_about, submit
from tests.assessment.world import CLIENT, identity, person


async def typed(database: Database, name: str, by, *, wait: bool = False) -> tuple:
    """A cycle in which three peers' answers were typed in by one clerk; the subject has still to answer."""
    await place(database, name, [f"{name}{n}" for n in range(3)])
    row = await begin(database, await prepared(database))
    peers = [i for i in await requests_about(database, row["cycle_id"], name) if i["category"] == "peer"]
    lines = [line(item, [HONEST] * 33) for item in peers]
    assert (await load(database, lines, by=by, wait=wait)).created == 3
    return row, peers, lines


@pytest.mark.parametrize(
    ("first", "second", "counts"),
    [
        (clerk("one"), clerk("two"), True),
        (clerk("client", client=True), clerk("two"), True),
        (clerk("one"), clerk("one"), False),
        (clerk("client", client=True), clerk("other-client", client=True), False),
    ],
)
async def test_typed_in_answers_count_once_a_second_person_has_entered_the_same(
    country: Database, first, second, counts, request
):
    name = f"t{request.node.callspec.id}"
    row, _, lines = await typed(country, name, first)
    report = await load(country, lines, by=second)
    assert (report.created, report.unchanged) == (0, 3 if first == second else 0)
    await answer(country, row, name, {f"{name}boss": MANAGER, name: SELF})
    found = await closed(country, row, name)
    assert (groups(found) == {("manager",), ("peer",)}) is counts
    assert nothing_but_the_manager(found) is not counts


@pytest.mark.parametrize("who", ["subject", "manager", "typist-again"])
async def test_whose_second_entry_does_not_count(country: Database, who: str):
    name = f"x-{who}"
    typist = clerk(f"{name}0") if who == "typist-again" else clerk("one")
    row, _, lines = await typed(country, name, typist)
    if who == "typist-again":  # another sign-in of the same person
        twice = person(f"{name}0", "F2", manager=f"{name}boss", version=2)
        twice.subject_keys.append(key("another"))
        async with country.session() as session:
            await take_people(session, [twice])
    second = {"subject": name, "manager": f"{name}boss", "typist-again": "another"}[who]
    assert set(codes(await load(country, lines, by=clerk(second))).values()) <= {
        "already-answered",
        "assessment-own",
    }
    await answer(country, row, name, {f"{name}boss": MANAGER, name: SELF})
    assert nothing_but_the_manager(await closed(country, row, name))


async def test_the_first_second_entry_decides_so_that_nobody_tries_until_it_fits(country: Database):
    row, _, lines = await typed(country, "v", clerk("one"))
    wrong = [line_ for each in lines for line_ in (bulk_line(each, 2), each)]
    assert set(codes(await load(country, wrong, by=clerk("two"))).values()) == {"already-answered"}
    await load(country, lines, by=clerk("three"))
    await answer(country, row, "v", {"vboss": MANAGER, "v": SELF})
    assert nothing_but_the_manager(await closed(country, row, "v"))


def bulk_line(one, rating: int):
    return type(one)(one.rater_person_id, one.category, [rating] * 33, one.assessment_id)


async def test_a_raters_own_answer_takes_the_place_of_one_typed_in(country: Database):
    row, peers, lines = await typed(country, "o", clerk("one"))
    for place_, item in enumerate(peers):
        name = next(f"o{n}" for n in range(3) if identity(f"o{n}") == item["person_id"])
        await submit(country, item, Answers([2 + (place_ > 0)] * 33), name)
    kept = await rows(
        country, sa.select(response).where(response.c.assessment_id == peers[0]["assessment_id"])
    )
    assert {(item["typed_by"], item["confirmed"]) for item in kept} == {(clerk("one").subject_key, True)}
    assert {item["entered_by"] for item in kept} == {key(f"o{n}") for n in range(3)}
    assert set(codes(await load(country, lines, by=clerk("one"))).values()) == {"already-answered"}
    await answer(country, row, "o", {"oboss": MANAGER, "o": SELF})
    found = await closed(country, row, "o")
    assert next(g for g in found["groups"][0] if g["categories"] == ["peer"])["score"] == 267


@pytest.mark.parametrize("when", ["open", "completed"])
async def test_a_line_by_somebody_else_is_refused_the_same_whether_it_is_equal_or_not(
    country: Database, when: str
):
    name = f"q-{when}"
    await place(country, name, [f"{name}1"])
    row = await begin(country, await prepared(country))
    await answer(country, row, name, {f"{name}1": 2, f"{name}boss": MANAGER, name: SELF})
    if when == "completed":
        await closed(country, row, name)
    asked = await requests_about(country, row["cycle_id"], name)
    refused = []
    for rating in (1, 2):
        report = await load(country, [line(item, [rating] * 33) for item in asked], by=clerk("guess"))
        refused.append([report.unchanged, report.created, report.rejected])
    assert refused[0] == refused[1]
    assert {item["code"] for item in refused[0][2]} == {"already-answered"}


async def test_who_was_the_manager_when_raters_were_asked_learns_from_no_line_who_has_answered(
    country: Database,
):
    """Lines of a wrong length would be told apart: they are refused otherwise where the rater has answered."""
    await place(country, "fm", ["fm0", "fm1"])
    row = await begin(country, await prepared(country))
    await answer(country, row, "fm", {"fm0": HONEST})
    before = clerk("fmboss")  # an overseer, too
    async with country.session() as session:
        await take_people(session, [person("fm", "F2", manager="aboss", version=2)])
    probes = [line(item, [1]) for item in await requests_about(country, row["cycle_id"], "fm")]
    assert set(codes(await load(country, probes, by=before)).values()) == {"assessment-own"}
    await answer(country, row, "fm", {"fm": SELF, "fmboss": MANAGER})
    await closed(country, row, "fm")
    assert set(codes(await load(country, probes, by=before)).values()) == {"assessment-own"}
    assert len(set(codes(await load(country, probes, by=clerk("one"))).values())) == 2


async def test_hris_makes_nobody_the_manager_who_rates(country: Database):
    """The manager has declined; a clerk who may not name one entered a friend's answer, which alone has 40 %."""
    await place(country, "nm", ["nm0"])
    row = await begin(country, await prepared(country))
    asked = await requests_about(country, row["cycle_id"], "nm")
    manager = next(item for item in asked if item["category"] == "manager")
    async with country.session() as session:
        await raters.answer(session, manager["request_id"], manager["person_id"], "declined")
    friend = line({**manager, "person_id": identity("c1")}, [HONEST] * 33)
    hris = Caller(frozenset({"hris"}), ("N",), key("hris-clerk"))
    assert codes(await load(country, [friend], by=hris)) == {1: "manager-by-programme"}
    async with country.session() as session:  # c1 is the manager from now on
        await take_people(session, [person("nm", "F2", manager="c1", version=2)])
    assert (await load(country, [friend], by=hris)).created == 1


async def test_who_entered_every_answer_is_stored(country: Database):
    row, peers, _ = await typed(country, "e", clerk("client", client=True))
    await answer(country, row, "e", {"eboss": MANAGER, "e": SELF})
    kept = await rows(
        country, sa.select(response).where(response.c.assessment_id == peers[0]["assessment_id"])
    )
    by = {key("client"): 3, key("eboss"): 1, key("e"): 1}
    assert {name: sum(item["entered_by"] == name for item in kept) for name in by} == by
    assert CLIENT not in by
    independent = sa.select(rater_request.c.category, rater_request.c.independent)
    asked = await rows(country, independent.where(rater_request.c.assessment_id == peers[0]["assessment_id"]))
    assert {(item["category"], item["independent"]) for item in asked} == {
        ("peer", True), ("manager", False), ("self", False),
    }  # fmt: skip


async def awaited(database: Database, assessment_id) -> tuple[str, int]:
    select = sa.select(assessment.c.state, assessment.c.awaited)
    (found,) = await rows(database, select.where(assessment.c.assessment_id == assessment_id))
    return found["state"], found["awaited"]


@pytest.mark.parametrize("confirmed_by", ["second-entry", "raters", "nobody"])
async def test_an_assessment_may_wait_until_what_was_typed_in_is_confirmed(
    country: Database, confirmed_by: str
):
    name = f"h-{confirmed_by}"
    row, peers, lines = await typed(country, name, clerk("one"), wait=True)
    key_ = peers[0]["assessment_id"]
    await answer(country, row, name, {f"{name}boss": MANAGER, name: SELF})
    assert await run(country, closing.settle) == 0
    assert await awaited(country, key_) == ("open", 3)
    if confirmed_by == "second-entry":
        assert (await load(country, lines, by=clerk("two"))).completing == 1
        assert await awaited(country, key_) == ("open", 0)
    elif confirmed_by == "raters":
        for left, item in enumerate(peers, start=1):
            rater = next(f"{name}{n}" for n in range(3) if identity(f"{name}{n}") == item["person_id"])
            done = await submit(country, item, Answers([HONEST] * 33), rater)
            assert done.assessment_state == ("completed" if left == 3 else "open")
    found = await closed(country, row, name)
    counts = confirmed_by != "nobody"  # then the end of the cycle completes it, without them
    assert (groups(found) == {("manager",), ("peer",)}) is counts
    assert nothing_but_the_manager(found) is not counts


@pytest.mark.parametrize("equal", [True, False])
async def test_that_nothing_is_waited_for_any_more_does_not_say_that_a_second_entry_is_equal(
    country: Database, equal: bool
):
    name = f"oracle-{equal}"
    row, peers, _ = await typed(country, name, clerk("one"), wait=True)
    await answer(country, row, name, {f"{name}boss": MANAGER, name: SELF})
    again = [line(item, [HONEST + (not equal)] * 33) for item in peers]
    report = await load(country, again, by=clerk("two"))
    assert (report.completing, report.unchanged) == (1, 0)
    assert set(codes(report).values()) == {"already-answered"}
    assert await awaited(country, peers[0]["assessment_id"]) == ("open", 0)
    assert nothing_but_the_manager(await closed(country, row, name)) is not equal


async def test_only_what_would_count_is_waited_for(country: Database):
    await place(country, "y", ["y0"])
    row = await begin(country, await prepared(country))
    asked = await requests_about(country, row["cycle_id"], "y")
    stranger = {**asked[0], "person_id": identity("c1"), "category": "peer"}
    lines = [line(item) for item in (*asked, stranger)]
    report = await load(country, lines, by=clerk("one"), wait=True)
    assert (report.created, report.completing) == (4, 0)
    assert await awaited(country, asked[0]["assessment_id"]) == (
        "open",
        1,
    )  # the peer who was asked at opening
