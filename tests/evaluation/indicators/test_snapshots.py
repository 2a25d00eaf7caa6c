"""A reader who remembers every published value, and subtracts any of them, learns of nobody alone.

The reader knows nothing of the rule. What is counted here is people, for every indicator: a value's
`people` are the persons with a share in it, also where its denominator counts ratings (OC-01), hours
(OP-06), activities (OP-05) or gaps (OC-04): a remainder of one plan with nine activities is one person's.
For OP-01, OP-04, OC-02, OC-03 and OC-05 the denominator is those people itself.
"""

import random
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, combinations, count, product
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.indicators.snapshots import Cell, Change, Figures, decide, unchanged
from shared.suppression import small

TREE = {"C": "", "D1": "C", "D2": "C", "F1": "D1", "F2": "D1", "F3": "D1", "F4": "D2", "F5": "D2"}
PLACES = ["F1", "F2", "F3", "F4", "F5", "F1", "F2", "D1", "C"]
Share = tuple[str, Figures]  # unit, numerator and denominator
Published = frozenset[tuple[UUID, Share]]


def who(number: int) -> UUID:
    return uuid5(NAMESPACE_OID, str(number))


def path(code: str) -> tuple[str, ...]:
    return (*(path(TREE[code]) if TREE[code] else ()), code)


class World:
    """People with shares at units, and who was in what was published of each unit, round by round."""

    def __init__(self) -> None:
        self.shares: dict[UUID, Share] = {}
        self.changes: dict[tuple[UUID, int], Share | None] = {}
        self.moved = dict.fromkeys(TREE, 0)
        self.edition = 0
        self.published: dict[str, list[Published]] = {code: [] for code in TREE}
        self.new = count(1)

    def change(self, person: UUID, unit: str | None) -> None:
        """Another share than ever before, at this unit; or none."""
        self.changes.setdefault((person, self.edition + 1), self.shares.get(person))
        self.shares.pop(person, None)
        if unit is not None:
            self.shares[person] = (unit, (next(self.new), 1))

    def staff(self, unit: str, numbers: Iterable[int]) -> None:
        for number in numbers:
            self.change(who(number), unit)

    def inside(self, code: str) -> Published:
        return frozenset((person, share) for person, share in self.shares.items() if code in path(share[0]))

    def cells(self) -> list[Cell]:
        return [Cell(code, above, len(self.inside(code)), self.moved[code]) for code, above in TREE.items()]

    def told(self) -> list[Change]:
        return [
            Change(person, edition, share and path(share[0]), share and share[1], self.shares.get(person))
            for (person, edition), share in sorted(self.changes.items())
        ]

    def round(self) -> set[str]:
        """Publish what may be published; which units that were."""
        found = decide(self.cells(), self.told(), self.edition + 1)
        self.edition += bool(found.moving)
        for code in found.moving:
            self.moved[code] = self.edition
        for code in found.news:
            self.published[code].append(self.inside(code))
        for person, told in found.told:
            for key in [key for key in self.changes if key[0] == person and key[1] <= told]:
                del self.changes[key]
        return set(found.news)


def left(*figures: tuple[Published, int]) -> int:
    """How many people stand behind a sum of figures, each with its sign."""
    total: Counter[tuple[UUID, Share]] = Counter()
    for figure, sign in figures:
        for share in figure:
            total[share] += sign
    return len({person for (person, _), times in total.items() if times})


def remainders(world: World, unit: str, remembered: int) -> Iterator[tuple[str, int]]:
    """Any two values of a unit, one less any of its parts', a movement less any movements of theirs."""
    values = world.published[unit][-remembered:]
    yield from (("new less old", left((new, 1), (old, -1))) for old, new in combinations(values, 2))
    parts = [told[-remembered:] for code, told in world.published.items() if TREE[code] == unit and told]
    for chosen in product(*([None, *part] for part in parts)):
        yield "total less parts", left((values[-1], 1), *((part, -1) for part in chosen if part is not None))
    if len(values) > 1:
        for steps in product(*([None, *zip(part[1:], part, strict=False)] for part in parts)):
            moved = chain.from_iterable([(new, -1), (old, 1)] for new, old in filter(None, steps))
            yield "movement less movements", left((values[-1], 1), (values[-2], -1), *moved)


@pytest.mark.parametrize(("restless", "remembered"), [(0.0, 5), (0.3, 2)])
@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_no_subtraction_of_publications_tells_on_fewer_than_five(
    restless: float, remembered: int, seed: int
) -> None:
    """People come and change, in the second world they go elsewhere and leave too. Who left a unit is to it as
    before coming, which is the limit that is documented (five changes of which four are taken back): there only
    the last two values of each unit are subtracted."""
    chance = random.Random(seed)
    world = World()
    for _ in range(chance.randint(5, 25)):
        for _ in range(chance.choice([1, 2, 3, 6, 12])):
            person = who(chance.randrange(60))
            share = world.shares.get(person)
            goes = share is None or chance.random() < restless
            unit = chance.choice([*PLACES, None]) if goes or share is None else share[0]
            world.change(person, unit)
        for _ in range(chance.choice([1, 1, 2])):  # also when nobody changed since the last round
            for code in world.round():
                assert len(world.inside(code)) >= 5
        for code in TREE:
            for what, people in remainders(world, code, remembered) if world.published[code] else ():
                assert not small(people), (what, code, people)


def test_five_changes_move_a_value_and_four_do_not() -> None:
    world = World()
    world.staff("F1", range(4))
    assert world.round() == set()
    world.staff("F1", range(4, 9))
    assert world.round() == {"C", "D1", "F1"}
    world.staff("F1", range(4))
    assert world.round() == set()
    world.staff("F1", [8])
    assert world.round() == {"C", "D1", "F1"}
    assert world.changes == {}


def test_a_small_part_keeps_another_from_being_told() -> None:
    """Three people in F2 are D1 less F1; with two of D1's own they are five."""
    world = World()
    world.staff("F1", range(9))
    world.staff("F2", range(10, 13))
    assert world.round() == {"C", "D1"}
    world.staff("D1", range(20, 25))
    assert world.round() == {"C", "D1", "F1"}


def test_of_two_parts_that_lagged_one_alone_is_not_subtracted() -> None:
    """Three people went from D1 to D2, and the total told others since: its move less D1's would be theirs."""
    world = World()
    world.staff("F1", range(3))
    world.staff("D1", range(10, 16))
    world.staff("D2", range(20, 26))
    assert {"D1", "D2"} < world.round()
    world.staff("F4", range(3))
    world.staff("D2", range(30, 35))
    assert world.round() == {"C"}
    world.staff("D1", range(40, 45))
    assert world.round() == {"C", "D2"}


def test_a_value_does_not_move_to_fewer_than_five_people() -> None:
    world = World()
    world.staff("F1", range(9))
    world.staff("F2", range(10, 19))
    world.round()
    for number in range(6):
        world.change(who(number), None)
    world.staff("F2", range(10, 16))
    assert "F1" not in world.round()


def test_what_has_nothing_outstanding_is_known() -> None:
    """So that it can stand as of the last day of a quarter that closed."""
    world = World()
    world.staff("F1", range(6))
    world.staff("F4", range(10, 16))
    world.round()
    world.staff("F1", [0])
    assert set(unchanged(world.cells(), world.told())) == {"D2", "F4"}
