"""Those who typed answers in read the level, and cannot subtract what they typed down to one or two."""

import pytest

from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.queries import assessments as queries
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.http.paging import Page
from tests.assessment.placed import MANAGER, answer, begin, closed, groups, key, place, prepared
from tests.assessment.ratings.test_bulk import clerk, line, load
from tests.assessment.ratings.test_submit import requests_about, submit
from tests.assessment.world import identity, person

TYPED, LAST = 5, 2


async def peers_typed_in(database: Database, name: str, typed: dict[int, tuple[str, str]], in_person: int):
    """A closed cycle: of some peers one clerk enters answers and another confirms; the others answer in person."""
    names = [f"{name}{n}" for n in range(len(typed) + in_person)]
    await place(database, name, names)
    row = await begin(database, await prepared(database, max_peers=6))
    asked = {item["person_id"]: item for item in await requests_about(database, row["cycle_id"], name)}
    for number, entered_by in typed.items():
        item = asked[identity(f"{name}{number}")]
        for typist in entered_by:
            await load(database, [line(item, [TYPED] * 33)], by=clerk(typist))
    await answer(database, row, name, dict.fromkeys(names[len(typed) :], LAST) | {f"{name}boss": MANAGER})
    return await closed(database, row, name)


def learned(found, typed: int, peers: int) -> int | None:
    """What follows for the rest of the peers, in hundredths, from the level: 40 % manager, 30 % peers."""
    (level,) = set(found["others"])
    peers_mean = (level * 70 - MANAGER * 100 * 40) / 30
    rest = (peers_mean * peers - typed * TYPED * 100) / (peers - typed)
    return round(rest) if abs(rest - LAST * 100) < 10 else None


@pytest.mark.parametrize("in_person", [1, 2])
async def test_a_clerk_who_typed_in_all_but_one_or_two_does_not_follow_them_from_the_level(
    country: Database, in_person: int
):
    name = f"ty{in_person}"
    found = await peers_typed_in(country, name, dict.fromkeys(range(2), ("one", "two")), in_person)
    assert learned(found, 2, 2 + in_person) is None
    assert groups(found) == {("manager",)}


async def test_nor_the_one_whom_two_other_clerks_typed_in(country: Database):
    typed = {0: ("one", "two"), 1: ("one", "two"), 2: ("two", "three")}
    assert groups(await peers_typed_in(country, "tz", typed, 0)) == {("manager",)}


async def test_nor_by_two_sign_ins_of_which_one_is_nobodys(country: Database):
    typed = {0: ("one", "two"), 1: ("untied", "two"), 2: ("one", "three"), 3: ("untied", "three")}
    assert groups(await peers_typed_in(country, "tu", typed, 2)) == {("manager",)}


async def test_nor_a_clerk_who_is_one_of_the_peers(country: Database):
    """Knows two answers by typing them in, and a third by having given it; two others are left."""
    name = "tp"
    typed = {0: (f"{name}4", "two"), 1: (f"{name}4", "two")}
    assert groups(await peers_typed_in(country, name, typed, 3)) == {("manager",)}


@pytest.mark.parametrize(("typed", "in_person"), [(3, 0), (2, 3), (1, 4)])
async def test_typed_in_answers_count_beside_none_or_three_in_person(
    country: Database, typed: int, in_person: int
):
    name = f"tn{typed}"
    entered = dict.fromkeys(range(typed), ("one", "two"))
    found = await peers_typed_in(country, name, entered, in_person)
    assert groups(found) == {("manager",), ("peer",)}


async def test_the_raters_own_word_is_not_unknown_to_who_typed_it_in_before(country: Database):
    """Most raters confirm what stands on their form."""
    name = "to"
    await place(country, name, [f"{name}{n}" for n in range(3)])
    row = await begin(country, await prepared(country, max_peers=6))
    asked = {item["person_id"]: item for item in await requests_about(country, row["cycle_id"], name)}
    for n in range(2):
        await load(country, [line(asked[identity(f"{name}{n}")], [TYPED] * 33)], by=clerk("one"))
    for n in range(2):
        await submit(country, asked[identity(f"{name}{n}")], Answers([TYPED] * 33), f"{name}{n}")
    await answer(country, row, name, {f"{name}2": LAST, f"{name}boss": MANAGER})
    assert groups(await closed(country, row, name)) == {("manager",)}


async def test_whom_no_groups_are_shown_no_flag_tells_how_far_they_lie_apart(country: Database):
    """The flag of a change is told where spread is, and who typed an answer in reads no spread."""
    name = "tf"
    names = [f"{name}{n}" for n in range(6)]
    for _ in range(2):
        await place(country, name, names)
        row = await begin(country, await prepared(country, max_peers=6))
        asked = {item["person_id"]: item for item in await requests_about(country, row["cycle_id"], name)}
        for typist in ("one", "two"):
            await load(country, [line(asked[identity(f"{name}0")], [TYPED] * 33)], by=clerk(typist))
        await answer(country, row, name, dict.fromkeys(names[1:], LAST))
        found = await closed(country, row, name)

    async def flags(reader: Caller):
        async with country.reading() as session:
            history = await queries.history(session, reader, found["person_id"], Page(limit=10, after=None))
        return {change["significant"] for change in history["items"][-1]["changes"]}

    assert await flags(clerk("overseer")) == {False}
    assert await flags(clerk("one")) == {None}
    assert await flags(Caller(frozenset({"hris"}), ("N",), key("hris"))) == {None}


async def test_two_sign_ins_of_one_clerk_are_one(country: Database):
    clerks = person("twice", "F3", version=1)
    clerks.subject_keys.append(key("twice-again"))
    async with country.session() as session:
        await take_people(session, [clerks])
    typed = {
        0: ("twice", "two"), 1: ("twice-again", "two"), 2: ("twice", "two"), 3: ("three", "two"),
    }  # fmt: skip
    assert groups(await peers_typed_in(country, "tt", typed, 0)) == {("manager",)}
