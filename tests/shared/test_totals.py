"""Totals on random histories: every published one is a sum of what was so, and tells of nobody alone.

The check knows nothing of the rule: it keeps who was in each published total, how, and looks at
every sum and difference of two totals, and of a total with its parts, that a reader would think of.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from itertools import combinations
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
import pytest_asyncio
import sqlalchemy as sa

from shared import publishing_totals, totals
from shared.database.engine import Database
from shared.database.tables import service_metadata
from shared.directory.tables import directory_tables
from shared.publishing_totals import Cell
from shared.settings import Settings
from shared.suppression import small
from shared.totals import Share
from tests.shared.conftest import fresh_database

METADATA = service_metadata()
directory_tables(METADATA)
totals.tables(METADATA)
TODAY = date(2026, 11, 23)
TREE = {"C": None, "A": "C", "B": "C", "A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"}
NOBODY = sa.select(sa.cast(None, sa.Uuid)).where(sa.false())
TABLES = "total_due, total_watch, total_tree, total_share, total_change, total_cell, unit"

State = tuple[str, int, int]  # unit, two figures
Counted = tuple[int, int]


class World:
    """People with figures at units of a tree, counted and published as a service does it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.people: dict[UUID, State] = {}
        self.tree: dict[str, str | None] = dict(TREE)
        self.published: dict[str, list[frozenset[tuple[UUID, Counted]] | None]] = {code: [] for code in TREE}
        self.cells: dict[str, Cell] = {}

    async def begin(self, federation: str = "region", everyone: sa.SelectBase = NOBODY) -> None:
        settings = Settings(service="planning", federation=federation)
        await totals.watch(settings, everyone)(self.database)

    async def stand(self) -> None:
        """Units stand as the tree says."""
        async with self.database.session() as session:
            for code in self.tree:
                values = {"code": code, "path": self.path(code), "parent": self.tree[code]}
                statement = """insert into unit (unit_code, version, parent, path)
                    values (:code, 1, :parent, :path) on conflict (unit_code)
                    do update set parent = excluded.parent, path = excluded.path"""
                await session.execute(sa.text(statement), values)
            await totals.note_places(session)

    def path(self, code: str) -> list[str]:
        above = self.tree[code]
        return [*(self.path(above) if above else []), code]

    def inside(self, code: str) -> frozenset[tuple[UUID, Counted]]:
        """Who counts in a unit, how."""
        found = ((person, state[1:]) for person, state in self.people.items() if code in self.path(state[0]))
        return frozenset(found)

    async def change(self, states: dict[UUID, State | None]) -> None:
        for person, state in states.items():
            if state is None:
                self.people.pop(person, None)
            else:
                self.people[person] = state
        async with self.database.session() as session:
            await totals.note(session, states)

    async def shares(self, _, people: list[UUID]) -> list[Share]:
        """As it is now: a unit, and how often two things happened."""
        found = [(person, self.people[person]) for person in people if person in self.people]
        return [Share("", "B", person, unit, figures) for person, (unit, *figures) in found]

    async def round(self, today: date = TODAY) -> list[Cell]:
        told: list[Cell] = []

        async def send(_, cells) -> None:
            told.extend(cells)

        async with self.database.session() as session:
            _, places = await totals.take(session, self.shares)
            if places:
                await publishing_totals.replace(session, "2026Q4")
            await publishing_totals.publish(session, today, send)
        for cell in told:
            before = self.cells.get(cell.unit_code)
            assert cell.version == (before.version if before else 0) + 1
            self.cells[cell.unit_code] = cell
            shown = self.inside(cell.unit_code)
            self.published[cell.unit_code].append(None if cell.people is None else shown)
            if cell.people is not None:  # the sum of what is so now, counted without the service
                assert cell.people == len(shown)
                assert cell.figures == tuple(sum(state[at] for _, state in shown) for at in (0, 1))
        return told

    def check_moves(self, moved: set[str]) -> None:
        """What a total moved by, less what all of its parts moved by, is nobody's or five people's."""
        for code in moved & {above for above in self.tree.values() if above}:
            left = self.move(code)
            for part in (part for part in moved if self.tree[part] == code):
                left.subtract(self.move(part))
            assert not small(len({person for (person, _), times in left.items() if times})), code

    def move(self, code: str) -> Counter[tuple[UUID, Counted]]:
        """By how much a total moved when it was last told, from nothing the first time."""
        *before, now = (said for said in self.published[code] if said is not None)
        move = Counter(now)
        move.subtract(before[-1] if before else ())
        return move

    def check(self) -> None:
        """Nothing that can be subtracted leaves one to four people."""
        now = {code: said[-1] for code, said in self.published.items() if said and said[-1] is not None}
        for code, shown in now.items():
            assert not small(len(shown))
            before = [said for said in self.published[code][:-1] if said is not None]
            if before:
                assert not small(people_of(before[-1] ^ shown)), code
            parts = [part for part, above in self.tree.items() if above == code and part in now]
            for size in range(1, len(parts) + 1):
                for some in combinations(parts, size):
                    below = frozenset().union(*(now[part] for part in some))
                    assert not small(people_of(shown ^ below)), (code, some)


def people_of(states: frozenset[tuple[UUID, Counted]]) -> int:
    return len({person for person, _ in states})


def who(number: int) -> UUID:
    return uuid5(NAMESPACE_OID, str(number))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(databases) -> AsyncIterator[Database]:
    opened = Database(Settings(service="planning", database_url=await fresh_database(databases, METADATA)))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def world(database: Database) -> AsyncIterator[World]:
    async with database.transaction() as connection:
        await connection.execute(f"truncate {TABLES}")
    made = World(database)
    await made.begin()
    await made.stand()
    yield made
    totals._watching = False


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("seed", range(12))
async def test_random_histories_add_up_and_tell_of_nobody_alone(world: World, seed: int) -> None:
    chance = random.Random(seed)
    leaves = ["A1", "A2", "A3", "B1", "B2", "A"]
    for _ in range(40):
        batch: dict[UUID, State | None] = {}
        for _ in range(chance.choice([1, 1, 2, 5, 12])):
            person = who(chance.randrange(70))
            gone = chance.random() < 0.15
            batch[person] = (
                None if gone else (chance.choice(leaves), chance.randrange(3), chance.randrange(50))
            )
        await world.change(batch)
        told = await world.round()
        world.check()
        world.check_moves({cell.unit_code for cell in told if cell.people is not None})
    last = next(said for said in reversed(world.published["C"]) if said is not None)
    assert people_of(last ^ world.inside("C")) < 5


async def test_a_unit_that_moves_takes_its_people_with_it(world: World) -> None:
    await world.change({who(n): (["A1", "A2", "B1"][n % 3], 1, n) for n in range(30)})
    await world.round()
    world.tree["A1"] = "B"
    await world.stand()
    await world.round()
    world.check()
    assert world.cells["B"].people == 20
    assert world.cells["A"].people == 10
    assert world.cells["C"].version == 1 == world.cells["A1"].version


async def test_four_changes_move_nothing_and_the_fifth_moves_all(world: World) -> None:
    await world.change({who(n): ("A1", 0, 0) for n in range(9)})
    assert {cell.unit_code for cell in await world.round()} == {"C", "A", "A1"}
    for number in range(4):
        await world.change({who(number): ("A1", 1, 0)})
        await world.change({who(number): ("A1", 2, 0)})
        assert await world.round() == []
    await world.change({who(5): ("A1", 1, 0)})
    assert {cell.unit_code: cell.figures for cell in await world.round()} == dict.fromkeys(
        ["C", "A", "A1"], (9, 0)
    )


async def test_nothing_is_said_of_a_small_unit(world: World) -> None:
    await world.change({who(n): ("A1", 0, 0) for n in range(9)} | {who(90): ("A2", 1, 1)})
    told = {cell.unit_code: cell.people for cell in await world.round()}
    assert told == {"C": 10, "A": 10}  # nor of its sibling, from which it would follow
    await world.change({who(91): ("A2", 1, 1)})
    assert await world.round() == []


async def test_what_stays_as_it_was_is_not_told_again(world: World) -> None:
    await world.change({who(n): ("A1", 1, 1) for n in range(9)})
    await world.round()
    await world.change({who(n): ("A1", 1, 1) for n in range(9)})
    assert await world.round() == []


async def test_everything_can_be_told_again_with_its_versions(world: World) -> None:
    await world.change({who(n): ("A1", 1, 1) for n in range(9)} | {who(90): ("B1", 1, 1)})
    await world.round()
    await world.change(dict.fromkeys(map(who, range(5))) | {who(n): ("A1", 1, 1) for n in range(20, 25)})
    assert await world.round(date(2026, 11, 30)) == []  # of others, the same figures: nothing to tell
    async with world.database.session() as session:
        assert {cell.unit_code: cell for cell in await publishing_totals.sent(session)} == world.cells


async def test_alone_nothing_is_noted_and_joining_counts_everybody(world: World) -> None:
    world.people = {who(n): ("A1", 1, 1) for n in range(9)}
    await world.begin("none")
    await world.change({who(9): ("A1", 1, 1)})
    assert await world.round() == []
    everyone = sa.union_all(*(sa.select(sa.literal(person, sa.Uuid)) for person in world.people))
    await world.begin("region", everyone)
    await world.begin("region", everyone)  # a replica, or a restart
    assert {cell.people for cell in await world.round()} == {10}
