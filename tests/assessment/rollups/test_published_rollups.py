"""What everybody sees of roll-ups: sums of what was so, and nobody can be told from what was remembered."""

import random
from collections.abc import Hashable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.assessment.main import create
from services.assessment.rollups.commands import publication as publishing
from services.assessment.rollups.queries import rollups as queries
from services.assessment.tables.rollups import published_rollup
from shared.database.engine import Database
from shared.events.assessment import AssessmentCompleted
from shared.settings import Settings
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups.releasing import publish
from tests.assessment.rollups.test_rollups import LEADER, crowd, empty, fact, move, people, read, take
from tests.assessment.world import TREE
from tests.remembering import Reader, Shares
from tests.shared.disclosure.solver import bounded

FIGURES = 12


@pytest.fixture(autouse=True)
def in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells are read and written a few at a time, as those of a large country are."""
    monkeypatch.setattr(publishing, "ROWS", 2)


class Watcher:
    """A leader who reads everything after each release, one reader for people and each competency.

    A share is a person with the assessment by which the person counts.
    """

    def __init__(self, parents: dict[str, str | None]) -> None:
        self.readers = [Reader(parents) for _ in range(FIGURES)]
        self.moved: dict[tuple[str, int], int] = {}
        self.people: dict[str, AssessmentCompleted] = {}
        self.scores: dict[tuple[Hashable, Any], list[int | None]] = {}
        self.parents = parents

    async def take(self, database: Database, *facts: AssessmentCompleted) -> None:
        await take(database, *facts)
        for item in facts:
            self.people[item.person_id] = item
            self.scores[item.person_id, item.assessment_id] = item.scores

    async def look(self, database: Database) -> None:
        await publish(database)
        found = await rows(database, sa.select(published_rollup).where(published_rollup.c.level == "I"))
        for figure, reader in enumerate(self.readers):
            fresh = {}
            for row in found:
                key = (row["unit_code"], figure)
                if row["moved"][figure] != self.moved.get(key, 0):
                    self.moved[key] = row["moved"][figure]
                    fresh[row["unit_code"]] = self.inside(row["unit_code"], figure)
                    self.equal(row, figure, fresh[row["unit_code"]])
            reader.look(fresh)

    def inside(self, code: str, figure: int) -> Shares:
        """Who counts in a unit, and by which assessment."""
        found = (
            item for item in self.people.values() if item.level == "I" and code in self.path(item.unit_code)
        )
        if not figure:
            return frozenset((item.person_id, ()) for item in found)
        return frozenset(
            (item.person_id, item.assessment_id) for item in found if item.scores[figure - 1] is not None
        )

    def path(self, code: str | None) -> list[str]:
        return [*self.path(self.parents[code]), code] if code else []

    def equal(self, row: dict[str, Any], figure: int, shares: Shares) -> None:
        """What is shown anew is the sum of what is so now."""
        if not figure:
            assert row["people"] == len(shares)
            return
        place = figure - 1
        scores = [self.scores[share][place] for share in shares]
        assert (row["counts"][place], row["sums"][place]) == (len(scores), sum(scores))
        assert row["below"][place] in (None, sum(score < 400 for score in scores))

    def solve(self, figure: int) -> object:
        """One or two people of whom every total that was ever shown, taken together, tells the scores."""
        cells = [shares for seen in self.readers[figure].seen.values() for shares in seen]
        shares = sorted(frozenset[Any]().union(*cells))
        number = {share: place for place, share in enumerate(shares)}
        values = [self.scores[share][figure - 1] for share in shares]
        return bounded(values, [frozenset(number[share] for share in cell) for cell in cells], 2)


def ratings(chance: random.Random) -> list[int | None]:
    """Scores of one person; the last two competencies are often not judged."""
    often = [chance.choice([None, 250]) for _ in range(2)]
    return [chance.randrange(100, 500) for _ in range(9)] + often


@pytest.mark.parametrize("seed", range(6))
async def test_a_leader_who_remembers_everything_learns_of_no_fewer_than_five(database: Database, seed: int):
    chance = random.Random(seed)
    await empty(database)
    watcher = Watcher(dict(TREE))
    for step in range(25):
        batch = {}
        for _ in range(chance.choice([1, 2, 5, 9])):
            name = f"p{chance.randrange(60)}"
            level = chance.choice("IIIIB")
            made = fact(name, chance.choice(["F1", "F1", "F2", "F3", "D1"]), level=level, at=step)
            batch[name] = made.__class__(**{**_fields(made), "scores": ratings(chance)})
        await watcher.take(database, *batch.values())
        if chance.random() < 0.1:
            parent = chance.choice(["D1", "D2"])
            watcher.parents["F1"] = parent
            for reader in watcher.readers:
                reader.parents = dict(watcher.parents)
            await move(database, "F1", parent, step + 2)
        await watcher.look(database)
        await watcher.look(database)
    assert watcher.readers[0].seen["N"]
    assert watcher.readers[FIGURES - 1].seen["N"]
    for figure in range(1, FIGURES):
        assert watcher.solve(figure) is None


def _fields(made: AssessmentCompleted) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__struct_fields__}


async def test_what_was_remembered_leaves_no_two_newcomers(database: Database):
    await empty(database)
    told = []
    await crowd(database, "a", "F1", 5)
    for prefix, code, size in (("b", "F2", 6), ("c", "F1", 2), ("d", "F2", 5)):
        await crowd(database, prefix, code, size)
        await publish(database)
        told.append(tuple([await people(database, unit, LEADER) for unit in ("D1", "F1", "F2")]))
    # D1 waits: of 18 at the end, less the 11 of F2 and the five remembered of F1, two would be left.
    assert told == [(11, 5, 6), (11, 5, 6), (11, 5, 11)]


async def test_figures_move_by_five_people_and_never_by_one(database: Database):
    await empty(database)
    published = []
    for number in range(11):
        await take(database, fact(f"p{number}", score=200 + number))
        await publish(database)
        levels = (await read(database, queries.unit, "F1", LEADER))["levels"]
        published += [(level["people"], level["figures"][0]["mean"]) for level in levels] or [(None, None)]
    first, second = round(sum(range(200, 205)) / 5), round(sum(range(200, 210)) / 10)
    assert published == [(None, None)] * 4 + [(5, first)] * 5 + [(10, second)] * 2


async def test_new_scores_of_the_same_people_move_by_five_too(database: Database):
    await empty(database)
    await crowd(database, "a", "F1", 9)
    await publish(database)
    means = []
    for number in range(5):
        await take(database, fact(f"a{number}", score=500, at=1))
        await publish(database)
        (level,) = (await read(database, queries.unit, "F1", LEADER))["levels"]
        means.append(level["figures"][0]["mean"])
    assert means == [300] * 4 + [round((5 * 500 + 4 * 300) / 9)]


async def test_others_see_what_was_published_and_overseers_what_is(database: Database):
    await empty(database)
    await crowd(database, "a", "F1", 7)
    await publish(database)
    await take(database, *(fact(f"late{number}", "F1", 500) for number in range(3)))
    await publish(database)
    assert (await people(database, "F1"), await people(database, "F1", LEADER)) == (10, 7)
    (level,) = (await read(database, queries.unit, "F1", LEADER))["levels"]
    assert level["figures"][0] == {
        "people": 7,
        "mean": 300,
        "below_target": None,
        "histogram": None,
        "unverified": None,
    }
    (level,) = (await read(database, queries.unit, "F1"))["levels"]
    whole = {"people": 10, "mean": 360, "below_target": 7, "histogram": [0, 0, 7, 0, 3], "unverified": 0}
    assert level["figures"][0] == whole
    assert level["figures"][10] is None


async def test_scores_of_the_self_alone_are_counted_in_live_cells_and_never_published(database: Database):
    """Of seven people two rest on their own answers: a count of a subset, which may be one to four."""
    await empty(database)
    alone = [fact(f"b{number}", "F1", 400, unverified=True) for number in range(2)]
    await crowd(database, "a", "F1", 5)
    await take(database, *alone)
    await publish(database)
    (live,) = (await read(database, queries.unit, "F1"))["levels"]
    (published,) = (await read(database, queries.unit, "F1", LEADER))["levels"]
    assert [figure["unverified"] for figure in live["figures"][:10]] == [2] * 10
    assert [figure["unverified"] for figure in published["figures"][:10]] == [None] * 10
    await take(database, fact("b0", "F1", 300, at=1), fact("b1", "F2", 400, at=1, unverified=True))
    cells = (await read(database, queries.children, "D1"))["items"]
    assert {cell["unit_code"]: cell["figures"][0]["unverified"] for cell in cells} == {"F1": 0, "F2": 1}


async def test_a_small_cell_takes_its_sibling_with_it(database: Database):
    await empty(database)
    await crowd(database, "a", "F1", 3)
    await crowd(database, "b", "F3", 12)
    await publish(database)
    assert [await people(database, code, LEADER) for code in ("N", "N1", "F1", "N2", "F3")] == [15] + [
        None
    ] * 4
    app = create(Settings(service="assessment", database_url="postgresql://nobody@127.0.0.1:9/none"))
    assert app.state.suppressed is None  # a count of such cells would say which of them hold anybody


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.tuples(st.sampled_from(["F1", "F2", "F3", "D1"]), st.integers(0, 9)), max_size=8))
async def test_a_release_in_which_nobody_changed_says_nothing_new(
    database: Database, sizes: list[tuple[str, int]]
):
    await empty(database)
    for number, (code, size) in enumerate(sizes):
        if size:
            await crowd(database, f"{number} ", code, size)
            await publish(database)
    everything = sa.select(published_rollup).order_by(published_rollup.c.unit_code)
    before = await rows(database, everything)
    documents = await rows(database, sa.text("select * from release order by period, number"))
    await publish(database)
    assert await rows(database, everything) == before
    assert await rows(database, sa.text("select * from release order by period, number")) == documents
