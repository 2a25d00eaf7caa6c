"""What is told of portions, such as women of headcounts, never stands for one to four people."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.portions import Portion, told
from shared.suppression import SMALLEST_CELL

PAIR = {"C": None, "A": "C", "B": "C"}
CHAIN = {"C": None, "A": "C", "A1": "A", "A2": "A"}


def first(parents: Mapping[str, str | None], **units: tuple[int, int]) -> set[str]:
    """What is told where nothing was before; people who have it, and the rest."""
    return told(parents, {}, {}, portions(**units))


def portions(**units: tuple[int, int]) -> dict[str, Portion]:
    return {code: Portion(some + rest, some) for code, (some, rest) in units.items()}


@pytest.mark.parametrize(
    ("some", "rest", "expected"),
    [(1, 5, False), (5, 1, False), (4, 9, False), (5, 5, True), (0, 6, True), (6, 0, True)],
)
def test_nobody_or_five_on_either_side(some: int, rest: int, expected: bool) -> None:
    assert ("C" in first({"C": None}, C=(some, rest))) == expected


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((9, 9), (10, 13), False),  # one more of those who have it
        ((9, 9), (14, 10), False),  # one more of the rest
        ((9, 9), (14, 9), True),
        ((9, 9), (9, 9), True),
        ((14, 9), (9, 14), True),
        ((14, 9), (12, 14), False),  # two fewer
        ((5, 9), (0, 9), True),
    ],
)
@pytest.mark.parametrize("withheld", [True, False], ids=["withheld since", "standing"])
def test_it_moves_by_nobody_or_five(
    before: tuple[int, int], now: tuple[int, int], expected: bool, withheld: bool
) -> None:
    last = portions(C=before)
    standing = {"C": None} if withheld else last
    assert bool(told({"C": None}, standing, last, portions(C=now))) == expected


def test_a_parent_of_forty_less_its_child_of_thirty_nine() -> None:
    assert first(PAIR, C=(40, 40), A=(1, 20), B=(39, 20)) == {"C"}
    assert first(PAIR, C=(40, 40), A=(40, 20)) == {"C", "A"}


def test_the_smallest_part_is_withheld_first_and_of_equals_the_first_by_code() -> None:
    """Two have it at C itself: with one part untold they cannot be told apart."""
    assert first(PAIR, C=(22, 10), A=(12, 5), B=(8, 5)) == {"C", "A"}
    assert first(PAIR, C=(22, 10), A=(10, 5), B=(10, 5)) == {"C", "B"}


def test_below_a_withheld_part_its_own_parts_count() -> None:
    """A's rest is of two people; A1 tells the more, so that C less A1 and A2 is looked at."""
    assert first(CHAIN, C=(20, 20), A=(20, 2), A1=(10, 0), A2=(7, 0)) == {"C", "A1"}
    assert first(CHAIN, C=(20, 20), A=(20, 2), A1=(10, 0), A2=(5, 0)) == {"C", "A1", "A2"}


def test_what_stands_is_a_fact_and_the_unit_above_it_gives_way() -> None:
    standing = portions(A=(10, 5))
    moving = portions(C=(12, 10))
    assert told(PAIR, standing, standing, moving) == set()
    assert told(PAIR, standing, standing, portions(C=(15, 10))) == {"C"}
    assert told(PAIR, standing, standing, portions(C=(8, 10))) == set()  # fewer than a part told before


def test_a_part_gives_way_to_what_stands_above_it() -> None:
    standing = portions(C=(20, 20), A=(10, 10))
    assert told(PAIR, standing, standing, portions(B=(8, 10))) == set()
    assert told(PAIR, standing, standing, portions(B=(5, 10))) == {"B"}
    assert told(PAIR, standing, standing, portions(B=(15, 10))) == set()


def test_a_unit_that_lost_those_who_had_it_hides_nothing_below_it() -> None:
    """Four are left at C: that is C's own matter, and A, where nobody has it, is told."""
    last = portions(C=(9, 9))
    assert told(PAIR, last, last, portions(C=(4, 9), A=(0, 9))) == {"A"}


def test_parts_that_come_into_sight_are_withheld_as_well() -> None:
    """C less A leaves two, C less A1 and A2 the same two: A is withheld, then the smaller of its parts."""
    assert first(CHAIN, C=(20, 0), A=(18, 0), A1=(10, 0), A2=(8, 0)) == {"C", "A1"}


def test_the_deepest_units_are_looked_at_first() -> None:
    """A gives way to A1, which stands; only then C less A1 leaves two."""
    standing = portions(A1=(10, 10))
    assert told(CHAIN, standing, standing, portions(C=(12, 10), A=(12, 10))) == set()


Own = tuple[int, int]
COUNTS = st.sampled_from([0, 0, 0, 1, 2, 4, 5, 6, 10])
OWN = st.tuples(COUNTS, COUNTS)


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    above = draw(st.lists(st.integers(0, 6), max_size=7))
    return {"0": None} | {str(at): str(up % at) for at, up in enumerate(above, start=1)}


@st.composite
def histories(draw: st.DrawFn) -> tuple[dict[str, str | None], list[tuple[dict[str, Own], set[str]]]]:
    """A tree, and rounds: whose own people changed to what, and which units move."""
    parents = draw(trees())
    codes = st.sampled_from(sorted(parents))
    rounds = st.tuples(st.dictionaries(codes, OWN), st.sets(codes))
    everything = st.tuples(st.fixed_dictionaries(dict.fromkeys(parents, OWN)), st.just(set(parents)))
    return parents, [draw(everything), *draw(st.lists(st.one_of(rounds, everything), max_size=5))]


def total(parents: Mapping[str, str | None], own: Mapping[str, Own], unit: str) -> Portion:
    """A unit with all units below it."""
    some, rest = own[unit]
    parts = [total(parents, own, code) for code, above in parents.items() if above == unit]
    return Portion(some + rest + sum(part.whole for part in parts), some + sum(part.some for part in parts))


class Reader:
    """Knows at each moment all that stands told, and what was told of each unit before that."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self.parents = parents
        self.standing: dict[str, Portion | None] = dict.fromkeys(parents)
        self.last: dict[str, Portion] = {}

    def hear(self, moving: Mapping[str, Portion], shown: set[str]) -> None:
        for code, portion in moving.items():
            self.standing[code] = portion if code in shown else None
            if code in shown:
                if code in self.last:
                    before = self.last[code]
                    assert not few(abs(portion.some - before.some)), code
                    assert not few(abs(portion.rest - before.rest)), code
                self.last[code] = portion
        for code, known in self.standing.items():
            if known is not None:
                parts = [found for part in self.below(code) if (found := self.standing[part])]
                for count in (known.some, known.rest):
                    assert not few(count), code
                some = known.some - sum(part.some for part in parts)
                rest = known.rest - sum(part.rest for part in parts)
                assert some >= 0 <= rest, code
                assert not few(some), code
                assert not few(rest), code

    def below(self, unit: str) -> list[str]:
        """The nearest told unit on each way down."""
        found: list[str] = []
        for code in (code for code, above in self.parents.items() if above == unit):
            found += [code] if self.standing[code] is not None else self.below(code)
        return found


def few(people: int) -> bool:
    return 0 < people < SMALLEST_CELL


@settings(max_examples=400, deadline=None)
@given(histories())
def test_a_reader_who_remembers_finds_nobody_alone(history) -> None:
    parents, rounds = history
    reader, own = Reader(parents), {}
    for changed, who in rounds:
        own |= changed
        moving = {code: total(parents, own, code) for code in who}
        shown = told(parents, reader.standing, reader.last, moving)
        assert shown <= moving.keys()
        reader.hear(moving, shown)


@given(trees(), st.data())
def test_where_everybody_is_one_of_five_everything_is_told(parents, data) -> None:
    fives = st.sampled_from([0, 5, 8])
    own = data.draw(st.fixed_dictionaries({code: st.tuples(fives, fives) for code in parents}))
    moving = {code: total(parents, own, code) for code in parents}
    assert told(parents, {}, {}, moving) == moving.keys()
