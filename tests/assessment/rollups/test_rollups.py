"""Roll-ups equal a recomputation, whatever comes in which order and wherever units move."""

from datetime import timedelta

import orjson
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.assessment.rollups.commands import rebuild, rollups
from services.assessment.rollups.group_figures import Counted, Figures
from services.assessment.rollups.queries import rollups as queries
from services.assessment.tables.rollups import counted, rollup
from shared import clock, periods
from shared.auth.caller import Caller
from shared.database.engine import Database, raw
from shared.directory.projection import take_units
from shared.errors import Forbidden, NotFound
from shared.events.assessment import AssessmentCompleted
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups.releasing import never_released
from tests.assessment.world import TREE, identity, unit

MOMENT = clock.now()
NOW = periods.of(MOMENT.date())
UNITS = ("F1", "F2", "F3", "D1", "N")


def fact(person: str, unit_code: str = "F1", score: int | None = 300, *, level: str = "I", at: int = 0,
         period: str = NOW, target: int = 400, unverified: bool = False) -> AssessmentCompleted:  # fmt: skip
    """A completed assessment `at` minutes past the moment; the score is that of every competency."""
    return AssessmentCompleted(
        assessment_id=str(identity(f"{person} {at} {period}")), kind="cycle", cycle_id=None, plan_id=None,
        follow_up_days=None, person_id=str(identity(person)), post_id=str(identity(person)), unit_code=unit_code,
        role_code="facility-manager", level=level, framework_code="steward-core", framework_version=1,
        completed_at=MOMENT + timedelta(minutes=at), period=period, scores=[score] * 10 + [None],
        others=[None if unverified else score] * 11,
        self_scores=[score if unverified else None] * 11, targets=[target] * 11, weights=[1] * 11,
        gaps=[None] * 11, priorities=[], unverified=[unverified] * 11,
    )  # fmt: skip


async def take(database: Database, *facts: AssessmentCompleted) -> None:
    async with database.session() as session:
        await rollups.count(session, facts)


async def move(database: Database, code: str, parent: str, version: int) -> None:
    async with database.session() as session:
        _, moved = await take_units(session, [unit(code, parent, version)])
        await rollups.move(session, moved)


async def empty(database: Database) -> None:
    await never_released(database)
    async with database.session() as session:
        for table in ("counted", "rollup", "published_rollup", "unit"):
            await session.execute(sa.text(f"delete from {table}"))
        await take_units(session, [unit(code, parent) for code, parent in TREE.items()])


async def kept(database: Database) -> dict[tuple[str, str, str], Figures]:
    """The roll-ups with anybody in them."""
    found = await rows(database, sa.select(rollup))
    return {
        (row["unit_code"], row["period"], row["level"]): Figures(
            row["people"], *(row[name] for name in ("counts", "sums", "below", "histogram", "unverified"))
        )
        for row in found
        if row["people"] or any(row["counts"])
    }


def recomputed(
    facts: list[AssessmentCompleted], paths: dict[str, list[str]]
) -> dict[tuple[str, str, str], Figures]:
    """From scratch, person by person."""
    newest: dict[tuple[str, str], AssessmentCompleted] = {}
    for item in sorted(facts, key=lambda item: (item.completed_at, item.assessment_id)):
        if item.measured:
            newest[item.person_id, item.period] = item
    found: dict[tuple[str, str, str], Figures] = {}
    for item in newest.values():
        for code in paths[item.unit_code]:
            cell = found.setdefault((code, item.period, item.level), Figures.empty())
            cell.add(Counted(item.scores, item.targets, item.unverified))
    return found


async def paths_now(database: Database) -> dict[str, list[str]]:
    return {row["unit_code"]: row["path"] for row in await rows(database, sa.text("select * from unit"))}


facts = st.builds(
    fact,
    person=st.sampled_from("pqrstuvw"),
    unit_code=st.sampled_from(UNITS),
    score=st.one_of(st.none(), st.integers(100, 500)),
    level=st.sampled_from("BIA"),
    at=st.integers(0, 50),
    period=st.sampled_from([NOW, periods.following(NOW)]),
    target=st.sampled_from([300, 400]),
    unverified=st.booleans(),
)
moves = st.tuples(st.sampled_from(["D1", "D2", "F1", "F3"]), st.booleans())
steps = st.lists(st.one_of(st.lists(facts, max_size=6), moves), max_size=8)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
async def test_rollups_equal_a_recomputation_also_after_units_move(database: Database, steps):
    await empty(database)
    seen: dict[str, AssessmentCompleted] = {}
    for number, step in enumerate(steps, 2):
        if isinstance(step, tuple):
            code, there = step
            other = {"D": ("N1", "N2"), "F": ("D1", "D2")}[code[0]][there]
            await move(database, code, other, number)
        else:
            fresh = {item.assessment_id: item for item in step if item.assessment_id not in seen}
            seen |= fresh
            await take(database, *fresh.values())
    expected = recomputed(list(seen.values()), await paths_now(database))
    assert await kept(database) == expected
    async with database.session() as session:
        assert await recount_figures(session) == 0


async def recount_figures(session) -> int:
    """How many roll-ups the SQL recount would correct; `counted` stays, there are no results here."""
    connection = await raw(session)
    status = await connection.execute(rebuild._CORRECT)
    return int(status.rsplit(" ", 1)[1])


async def test_a_later_assessment_that_arrives_first_stays_the_one_that_counts(database: Database):
    await empty(database)
    await take(database, fact("p", score=500, at=10))
    await take(database, fact("p", score=100, at=0))
    await take(database, fact("p", score=500, at=10))
    cells = await kept(database)
    assert cells["N", NOW, "I"].people == 1
    assert cells["N", NOW, "I"].sums == [500] * 10 + [0]
    (row,) = await rows(database, sa.select(counted))
    assert row["assessment_id"] == identity(f"p 10 {NOW}")


async def test_a_closed_period_keeps_its_tree(database: Database):
    await empty(database)
    before = periods.previous(NOW)
    await take(database, fact("p", "F1", period=before), fact("q", "F1"))
    await move(database, "F1", "D2", 2)
    cells = await kept(database)
    assert (cells["D1", before, "I"].people, cells["D2", NOW, "I"].people) == (1, 1)
    assert ("D2", before, "I") not in cells
    assert ("D1", NOW, "I") not in cells
    parents = {row["period"]: row["parent"] for row in await rows(database, sa.select(rollup))
               if row["unit_code"] == "F1"}  # fmt: skip
    assert parents == {before: "D1", NOW: "D2"}


MANAGER = Caller(frozenset({"programme-manager"}), ("N",), "0" * 32)
LEADER = Caller(frozenset({"leader"}), ("N",), "1" * 32)


async def read(database: Database, query, unit_code: str, caller: Caller = MANAGER):
    async with database.reading() as session:
        return orjson.loads(await query(session, caller, unit_code, NOW, "I"))


async def people(database: Database, unit_code: str, caller: Caller = MANAGER) -> int | None:
    levels = (await read(database, queries.unit, unit_code, caller))["levels"]
    return levels[0]["people"] if levels else None


def members(prefix: str, unit_code: str, size: int) -> list[AssessmentCompleted]:
    return [fact(f"{prefix}{number}", unit_code) for number in range(size)]


async def crowd(database: Database, prefix: str, unit_code: str, size: int) -> None:
    await take(database, *members(prefix, unit_code, size))


async def test_who_may_read_everybody_in_it_reads_every_cell_whole(database: Database):
    """Also that of two people at a district's office, and its facilities beside it."""
    await empty(database)
    await crowd(database, "a", "D1", 2)
    await crowd(database, "b", "F1", 6)
    await crowd(database, "c", "F2", 9)
    await crowd(database, "d", "F3", 1)
    found = {code: await people(database, code) for code in ("N", "N1", "D1", "F1", "F2", "D2", "F3")}
    assert found == {"N": 18, "N1": 17, "D1": 17, "F1": 6, "F2": 9, "D2": 1, "F3": 1}
    shown = await read(database, queries.children, "N2")
    (district,) = shown["items"]
    assert (shown["live"], district["live"], district["suppressed"]) == (True, True, False)
    assert (district["unit_code"], district["people"], district["figures"][10]) == ("D2", 1, None)
    assert district["figures"][0] == {
        "people": 1, "mean": 300, "below_target": 1, "histogram": [0, 0, 1, 0, 0], "unverified": 0
    }  # fmt: skip


async def test_a_unit_out_of_scope_or_unknown_is_refused(database: Database):
    await empty(database)
    elsewhere = Caller(frozenset({"programme-manager"}), ("N2",), "2" * 32)
    with pytest.raises(Forbidden, match="unit-out-of-scope"):
        await people(database, "F1", elsewhere)
    with pytest.raises(NotFound, match="unit-unknown"):
        await people(database, "F9")
