"""Roll-ups read by insiders: what they may read of people otherwise is subtracted from what is published."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.assessment.results.queries import assessments as results
from services.assessment.rollups.queries import rollups as queries
from shared import periods
from shared.auth.caller import Caller, subject_key
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.events.registry import PersonState
from shared.http.paging import Page
from tests.assessment.rollups.releasing import publish
from tests.assessment.rollups.test_rollups import LEADER, NOW, crowd, empty, fact, move, people, read, take
from tests.assessment.world import ISSUER, PEPPER, TREE, identity, person
from tests.insider import Shares, solved

INSIDE = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def reader(name: str, *roles: str, units: tuple[str, ...] = ("N",)) -> Caller:
    return Caller(frozenset(roles or {"leader"}), units, subject_key(PEPPER, ISSUER, name))


async def staff(database: Database, *states: PersonState) -> None:
    """The directory holds these people alone."""
    async with database.session() as session:
        for table in ("post", "subject", "person"):
            await session.execute(sa.text(f"delete from {table}"))
        await take_people(session, states)


async def team_of(database: Database, *names: str) -> Caller:
    """The leader of these people, who has no assessment."""
    await staff(
        database, person("lead", "N", level="A"), *(person(name, "F1", manager="lead") for name in names)
    )
    return reader("lead")


async def shown(database: Database, caller: Caller) -> dict[str, int | None]:
    return {code: await people(database, code, caller) for code in TREE}


async def test_a_leader_cannot_subtract_the_team_from_their_unit(database: Database):
    """Five of the six at F1 are the reader's: its mean times six, less the five, would be the sixth."""
    await empty(database)
    lead = await team_of(database, *(f"a{number}" for number in range(5)))
    for number in range(6):
        await take(database, fact(f"a{number}", "F1", 200 + 37 * number))
    await crowd(database, "b", "F2", 7)
    await crowd(database, "c", "F3", 8)
    await publish(database)
    whole = {"N": 21, "N1": 13, "N2": 8, "D1": 13, "D2": 8, "F1": 6, "F2": 7, "F3": 8}
    assert await shown(database, LEADER) == whole
    # And F2, less which the district would be the same six.
    assert await shown(database, lead) == whole | {"F1": None, "F2": None}
    listed = await read(database, queries.children, "D1", lead)
    assert [(item["people"], item["figures"], item["suppressed"]) for item in listed["items"]] == [
        (None, None, True)
    ] * 2
    # The sixth reads as everybody does, but of a cell with nobody outside.
    await staff(database, person("a5", "F1"))
    assert await shown(database, reader("a5")) == whole


async def test_who_is_one_of_five_learns_nothing_of_the_others(database: Database):
    await empty(database)
    await crowd(database, "a", "F1", 5)
    await crowd(database, "b", "F2", 9)
    await publish(database)
    await staff(database, person("a0", "F1"))
    assert await people(database, "F1", reader("a0")) is None
    assert await people(database, "D1", reader("a0")) == 14
    assert await people(database, "F1", reader("b0")) == 5


async def test_a_leader_of_everybody_in_a_cell_reads_it_live_and_whole(database: Database):
    """A team of three: too few to be published, and all readable one by one."""
    await empty(database)
    lead = await team_of(database, "a0", "a1", "a2")
    await crowd(database, "a", "F1", 3)
    await crowd(database, "b", "F3", 9)
    await publish(database)
    found = await read(database, queries.unit, "F1", lead)
    assert found["live"] is True
    assert (found["levels"][0]["people"], found["levels"][0]["figures"][0]["below_target"]) == (3, 3)
    assert await people(database, "F1", LEADER) is None
    assert await people(database, "N2", lead) is None  # N less the reader's three
    await take(database, fact("x", "F1"))
    assert await people(database, "F1", lead) is None


async def test_people_below_target_are_told_of_those_outside(database: Database):
    """Five of eleven are below, four of them in the team: of the seven others it would tell of one."""
    await empty(database)
    names = [f"a{number}" for number in range(11)]
    lead = await team_of(database, *names[:4])
    await take(database, *(fact(name, "F1", 300 if name in names[:5] else 450) for name in names))
    await publish(database)
    (everybody,) = (await read(database, queries.unit, "F1", LEADER))["levels"]
    assert everybody["figures"][0]["below_target"] == 5
    (level,) = (await read(database, queries.unit, "F1", lead))["levels"]
    assert list(level["figures"][0].values()) == [11, 382, None, None, None]


async def test_a_competency_is_withheld_by_those_who_have_a_score_in_it(database: Database):
    """Six of nine were scored in the first competency, five of them of the team."""
    await empty(database)
    lead = await team_of(database, *(f"a{number}" for number in range(5)))
    await crowd(database, "a", "F1", 6)
    await take(database, *(_without_first(fact(f"b{number}", "F1")) for number in range(5)))
    await publish(database)
    (level,) = (await read(database, queries.unit, "F1", lead))["levels"]
    assert (level["people"], level["figures"][0], level["figures"][1]["people"]) == (11, None, 11)
    assert level["suppressed"]


def _without_first(item: Any) -> Any:
    fields = {name: getattr(item, name) for name in item.__struct_fields__}
    return item.__class__(**{**fields, "scores": [None, *item.scores[1:]]})


@pytest.mark.parametrize("role", ["programme-manager", "hris"])
async def test_a_district_beside_a_small_office_is_read_by_who_reads_its_people(
    database: Database, role: str
):
    """The region has an office of four: one of its districts is published to nobody."""
    await empty(database)
    await crowd(database, "r", "N1", 4)
    await crowd(database, "a", "F1", 9)
    await crowd(database, "b", "F3", 9)
    await publish(database)
    assert await people(database, "N1", LEADER) == 13
    assert (await people(database, "D1", LEADER), await people(database, "F1", LEADER)) == (None, None)
    district = reader("boss", role, units=("D1",))
    assert (await people(database, "D1", district), await people(database, "F1", district)) == (9, 9)
    region = reader("boss", role, units=("N1",))
    assert await people(database, "N1", region) == 13


async def test_a_closed_period_has_people_whom_a_district_reads_no_more(database: Database):
    """F1 went to another district: those it had in a closed quarter are outside, and so is a sum with them."""
    await empty(database)
    before = periods.previous(NOW)
    await take(database, *(fact(f"a{number}", "F1", period=before) for number in range(4)))
    await take(database, *(fact(f"b{number}", "F2", period=before) for number in range(6)))
    await publish(database)
    manager = reader("boss", "programme-manager", units=("D1",))
    assert await _closed(database, "D1", manager, before) == (10, True)
    await move(database, "F1", "D2", 2)
    assert await _closed(database, "D1", manager, before) == (None, False)
    assert await _closed(database, "F2", manager, before) == (6, True)
    assert await _closed(database, "D1", reader("boss", "hris"), before) == (10, True)


async def test_who_works_inside_today_is_read_wherever_they_counted_and_subtracted(database: Database):
    """Five counted at F1, which is elsewhere now; one of them has come back, with a history that is read."""
    await empty(database)
    before, manager = periods.previous(NOW), reader("boss", "programme-manager", units=("D1",))
    for size, name, code in ((5, "a", "F1"), (6, "b", "F2")):
        await take(database, *(fact(f"{name}{number}", code, period=before) for number in range(size)))
    await publish(database)
    await move(database, "F1", "D2", 2)
    await staff(database, *(person(f"a{number}", "F1") for number in range(5)))
    assert await _closed(database, "D1", manager, before) == (11, False)
    await staff(database, person("a0", "F2"), *(person(f"a{number}", "F1") for number in range(1, 5)))
    async with database.reading() as session:
        assert await results.history(session, manager, identity("a0"), Page(limit=9, after=None))
    assert await _closed(database, "D1", manager, before) == (None, False)


async def _closed(database: Database, code: str, caller: Caller, period: str) -> tuple[int | None, bool]:
    async with database.reading() as session:
        (level,) = queries.orjson.loads(await queries.unit(session, caller, code, period, "I"))["levels"]
    return level["people"], level["live"]


class Attack:
    """An insider who reads every unit, and what is really in each cell that was published."""

    def __init__(self) -> None:
        self.members: dict[str, frozenset[str]] = {}
        self.at: dict[str, str] = {}

    async def publish(self, database: Database) -> None:
        """As a service does; a cell that is shown anew has whoever counts in it now."""
        before = await self.moved(database)
        await publish(database)
        for code, edition in (await self.moved(database)).items():
            if edition and edition != before.get(code):
                self.members[code] = frozenset(name for name, unit in self.at.items() if code in _path(unit))

    async def moved(self, database: Database) -> dict[str, int]:
        async with database.reading() as session:
            rows = await session.execute(
                sa.text("select unit_code, moved[1] as edition from published_rollup")
            )
            return {row.unit_code: row.edition for row in rows}

    async def solve(self, database: Database, caller: Caller, known: list[str]) -> object:
        """One to four people outside of whom what is shown tells; nothing live that has somebody outside."""
        totals: dict[str, Shares] = {}
        for code in TREE:
            for level in (await read(database, queries.unit, code, caller))["levels"]:
                inside = {name for name, unit in self.at.items() if code in _path(unit)}
                if level["live"]:
                    assert inside <= set(known)
                elif level["people"] is not None:
                    totals[code] = frozenset((name, 1) for name in self.members[code])
                    assert level["people"] == len(totals[code])
        return solved(totals, known)


def _path(code: str | None) -> list[str]:
    return [*_path(TREE[code]), code] if code else []


UNITS = ["F1", "F1", "F2", "F3", "D1", "N1", "N"]


@INSIDE
@given(
    batches=st.lists(
        st.lists(st.tuples(st.integers(0, 29), st.sampled_from(UNITS)), min_size=4, max_size=14), max_size=4
    ),
    team=st.lists(st.integers(0, 29), unique=True, max_size=7),
)
async def test_no_leader_solves_for_one_to_four_people(
    database: Database, batches: list[list[tuple[int, str]]], team: list[int]
):
    """People are counted, and counted elsewhere, between editions; the leader has any team among them."""
    await empty(database)
    lead = await team_of(database, *(f"p{number}" for number in team))
    attack = Attack()
    for step, batch in enumerate(batches):
        counted = {f"p{number}": unit for number, unit in batch}
        attack.at |= counted
        await take(database, *(fact(name, unit, at=step) for name, unit in counted.items()))
        await attack.publish(database)
    known = [f"p{number}" for number in team]
    totals = {code: frozenset((name, 1) for name in found) for code, found in attack.members.items()}
    if solved(totals, ()) is None:  # what editions tell everybody is not this module's
        assert await attack.solve(database, lead, known) is None
    assert identity("lead") not in map(identity, known)
