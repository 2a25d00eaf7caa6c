"""Published figures move so that nobody who compares them learns about fewer than five people.

The check knows nothing of the rule: it keeps who was counted in each published figure, how, and
looks at every sum and difference that a reader would think of.
"""

import random
from itertools import chain, combinations
from uuid import NAMESPACE_OID, UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from services.evaluation.snapshots import Part, moving

Counted = frozenset[tuple[UUID, int]]  # a person with a state of that person's share


def who(number: int) -> UUID:
    """The person with this number."""
    return uuid5(NAMESPACE_OID, str(number))


def own(count: int) -> frozenset[UUID]:
    """So many people of the total's own who changed."""
    return frozenset(uuid5(NAMESPACE_OID, f"own {number}") for number in range(count))


def part(code: str, people: int, *, fresh: int = 0, earlier: int = 0, shown: bool = True) -> Part:
    """A part in which that many people changed, none of them both times."""
    behind = frozenset(uuid5(NAMESPACE_OID, f"{code} {number}") for number in range(earlier))
    new = frozenset(uuid5(NAMESPACE_OID, f"{code} new {number}") for number in range(fresh))
    return Part(code, people, shown, behind, new)


def test_five_changes_move_a_part_and_four_do_not() -> None:
    """Told beside each other only when what is left over stands for five people too."""
    assert moving(0, own(0), [part("a", 9, fresh=5), part("b", 9, fresh=5)]) == {"a", "b"}
    assert moving(0, own(0), [part("a", 9, fresh=5)]) == {"a"}
    assert moving(5, own(5), [part("a", 9, fresh=5), part("b", 9, fresh=4)]) == {"a"}


def test_a_part_waits_when_the_rest_would_be_told() -> None:
    """Four changed in b: the total's movement less a's would be theirs."""
    assert moving(0, own(0), [part("a", 9, fresh=5), part("b", 9, fresh=4)]) == frozenset()
    assert moving(0, own(0), [part("a", 9, fresh=5), part("b", 9, fresh=4), part("c", 9, fresh=6)]) == {"c"}


def test_a_small_part_keeps_another_from_being_told() -> None:
    """Three people in b are the total less a."""
    first = [part("a", 9, fresh=9, shown=False), part("b", 3, fresh=3, shown=False)]
    assert moving(0, own(0), first) == frozenset()
    assert moving(2, own(2), first) == {"a"}


def test_a_part_that_lags_behind_does_not_tell_what_is_new_in_it() -> None:
    """In a one person is fresh and four came before: the total's movement less b's would be that one's."""
    lagging = part("a", 9, fresh=1, earlier=4)
    assert moving(0, own(0), [lagging, part("b", 9, fresh=5)]) == {"a"}
    assert moving(5, own(5), [lagging, part("b", 9, fresh=5)]) == {"a", "b"}


def test_a_figure_does_not_move_to_fewer_than_five_people() -> None:
    """Six of nine left: what is left would be three people's figure."""
    assert moving(5, own(5), [part("a", 3, fresh=6)]) == frozenset()


class Unit:
    """A unit with the people that belong to it alone, and what is published of it."""

    def __init__(self, code: str, below: list["Unit"]) -> None:
        self.code, self.below = code, below
        self.own: dict[int, int] = {}
        self.published: list[dict[int, int]] = []
        self.at_parents_move: dict[int, int] = {}
        self.own_before: dict[int, int] = {}

    def live(self) -> dict[int, int]:
        """Everybody in it with the state of the share."""
        return dict(chain(self.own.items(), *(unit.live().items() for unit in self.below)))

    def last(self) -> dict[int, int]:
        return self.published[-1] if self.published else {}

    def as_part(self) -> Part:
        return Part(
            self.code,
            len(self.live()),
            bool(self.published),
            frozenset(list(map(who, changed(self.last(), self.at_parents_move)))[:5]),
            frozenset(list(map(who, changed(self.at_parents_move, self.live())))[:5]),
        )

    def move(self) -> None:
        """Publish what is known now, and go on below as the rule says."""
        parts = {unit.code: unit for unit in self.below}
        own_changed = frozenset(list(map(who, changed(self.own_before, self.own)))[:5])
        found = moving(len(self.own), own_changed, [unit.as_part() for unit in self.below])
        self.published.append(self.live())
        self.own_before = dict(self.own)
        for unit in parts.values():
            unit.at_parents_move = unit.live()
        for code in found:
            parts[code].move()


def changed(before: dict[int, int], after: dict[int, int]) -> set[int]:
    """People whose share is not the same."""
    return {person for person in before.keys() | after.keys() if before.get(person) != after.get(person)}


def tell(*figures: tuple[dict[int, int], int]) -> int:
    """How many people stand behind a sum of figures, each with its sign."""
    total: dict[tuple[int, int], int] = {}
    for figure, sign in figures:
        for person in figure.items():
            total[person] = total.get(person, 0) + sign
    return len({person for (person, _), count in total.items() if count})


def families(unit: Unit) -> list[Unit]:
    return [unit, *chain.from_iterable(families(below) for below in unit.below)]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 1_000_000))
def test_no_comparison_of_publications_tells_on_fewer_than_five(seed: int) -> None:
    """People come and change at random; every movement and every remainder is nobody's or five people's."""
    chance = random.Random(seed)
    leaves = [Unit(f"F{number}", []) for number in range(5)]
    districts = [Unit("D1", leaves[:3]), Unit("D2", leaves[3:])]
    root = Unit("C", districts)
    units = [*leaves, *leaves, *districts, root]
    number = 0
    for _ in range(chance.randint(5, 60)):
        for _ in range(chance.randint(1, 6)):
            unit = chance.choice(units)
            if unit.own and chance.random() < 0.4:
                unit.own[chance.choice(list(unit.own))] += 1
            else:
                number += 1
                unit.own[number] = 0
        before = {unit.code: list(unit.published) for unit in families(root)}
        if len(changed(root.last(), root.live())) >= 5:
            root.move()
        for unit in families(root):
            check(unit, before)


def check(unit: Unit, before: dict[str, list[dict[int, int]]]) -> None:
    if unit.published and len(unit.published) > len(before[unit.code]):
        told = before[unit.code]
        step = [(unit.last(), 1), *((figure, -1) for figure in told[-1:])]
        assert tell(*step) >= 5, unit.code
        parts = [part for part in unit.below if part.published]
        rest = tell((unit.last(), 1), *((part.last(), -1) for part in parts))
        assert rest == 0 or rest >= 5, (unit.code, rest)
        moved = [part for part in parts if len(part.published) > len(before[part.code])]
        for some in chain.from_iterable(combinations(moved, size) for size in range(len(moved) + 1)):
            left = list(step)
            for part in some:
                left += [(part.last(), -1), *((figure, 1) for figure in before[part.code][-1:])]
            rest = tell(*left)
            assert rest == 0 or rest >= 5, (unit.code, [part.code for part in some], rest)
