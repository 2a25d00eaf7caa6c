"""No sum with weights of one to four people follows from all releases together, whatever the weights are."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure import attacker, partners
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Rule
from shared.disclosure.moves import Moves, Programme
from shared.disclosure.unions import several, tied
from shared.disclosure.weights import determined, determined_in_whole_numbers
from tests.shared.disclosure.known_people import shown_to
from tests.shared.disclosure.solver import null_space, weighed, weighed_bits
from tests.shared.disclosure.test_attacks import attacked, spread
from tests.shared.disclosure.test_judgement import histories, play
from tests.shared.disclosure.test_prepared import JudgedBy
from tests.shared.disclosure.world import SCORE, SUBSET, World

pytestmark = pytest.mark.slow(12)


alone = st.sampled_from((judge, attacked))  # with the comparison of a cell with itself, and without
blocks = st.sampled_from(
    (16, 1, 3)
)  # how many atoms are judged together; the others count as known meanwhile


@settings(max_examples=100, deadline=None)
@given(histories(SCORE), st.sampled_from((3, 4, 5)), alone, blocks)
def test_no_sum_of_scores_with_weights_is_determined(history, smallest, judged, block):
    world = JudgedBy(SCORE, Rule(smallest), judged=judged)
    later = play_in_blocks(block, history, world)
    event(f"shown later: {later > 0}")
    assert weighed(*world.problem(), world.rule.group, world.whose()) is None


@settings(max_examples=100, deadline=None)
@given(histories(SUBSET), st.sampled_from((2, 3)), alone, blocks)
def test_no_sum_of_a_subset_with_weights_is_determined(history, smallest, judged, block):
    world = JudgedBy(SUBSET, Rule(smallest), judged=judged)
    later = play_in_blocks(block, history, world)
    event(f"shown later: {later > 0}")
    assert weighed_bits(*world.problem(), world.rule.group, world.whose()) is None


def play_in_blocks(block: int, history, world: World) -> int:
    """As `play`; where blocks are small, all exposed atoms are judged in them."""
    with pytest.MonkeyPatch.context() as patched:
        if block < attacker.FEW:
            patched.setattr(attacker, "BLOCK", block)
            patched.setattr(attacker, "FEW", block)
            patched.setattr(partners, "OFFERS", 0)
        return play(history, world)


@settings(max_examples=60, deadline=None)
@given(histories(SCORE), st.sampled_from((3, 4, 5)), st.sets(st.integers(0, 20), max_size=6))
def test_no_sum_of_the_others_with_weights_is_determined_for_a_reader(history, smallest, known):
    """Whom the reader may read one by one is subtracted from every cell."""
    world = World(SCORE, Rule(smallest))
    play(history, world)
    shown = shown_to(world.tabulations, np.array(sorted(known), dtype=np.int64), SCORE, world.rule)
    for tabulation, marks in zip(world.tabulations, shown, strict=True):
        tabulation.shown[:] = marks
    cells = [cell - known for cell in world.cells()]
    shares = sorted(frozenset().union(*cells))
    number = {share: place for place, share in enumerate(shares)}
    left = [frozenset(number[share] for share in cell) for cell in cells if cell]
    event(f"shown: {len(left) > 0}")
    owners = [world.owners[share] for share in shares]
    assert weighed([world.values[share] for share in shares], left, world.rule.group, owners) is None


def swapped(leave: int, come: int, measure=SCORE) -> tuple[World, set[str]]:
    """So many left a unit of twenty since its first release, and so many others came."""
    world = World(measure)
    put = spread if measure is SCORE else one_in_two
    put(world, range(20), "X")
    world.release({"X": None})
    for person in range(leave):
        world.put(person, None)
    put(world, range(20, 20 + come), "X")
    return world, world.release({"X": None}, judged=attacked)


def one_in_two(world: World, people, unit: str) -> None:
    """Every second one has it."""
    for person in people:
        world.put(person, unit, person % 2)


def test_three_who_came_less_one_who_left_are_four_people():
    """Neither sum can be told, but the one less the other."""
    world, shown = swapped(1, 3)
    assert shown == set()
    assert weighed(*world.problem(), 4) is None


def test_three_who_came_less_two_who_left_are_five_people():
    world, shown = swapped(2, 3)
    assert shown == {"X"}
    assert weighed(*world.problem(), 4) is None
    assert weighed(*world.problem(), 5) is not None


def test_of_three_who_came_and_two_who_left_one_is_the_same_person():
    """Five shares, but four people: one of them was assessed again, another one left, and two came."""
    for others, told in ((3, True), (2, False)):
        world = World()
        spread(world, range(20), "X")
        world.release({"X": None})
        world.put(0, "X", 210)
        world.put(1, None)
        spread(world, range(20, 20 + others), "X")
        assert world.release({"X": None}, judged=attacked) == ({"X"} if told else set())
        assert weighed(*world.problem(), 4, world.whose()) is None


def test_of_a_subset_two_who_came_less_two_who_left_are_four_people():
    """How many of either have it cannot be told, but that they are as many."""
    assert swapped(2, 2, SUBSET)[1] == set()
    assert swapped(2, 3, SUBSET)[1] == {"X"}


def given_away(bounds, rows, people, group=4, whole=False) -> set[int]:
    """What is given away of the first columns, where any move is far enough."""
    moves = Moves(Programme(bounds, rows, whole=whole))
    who = [{column * 10 + number for number in range(size)} for column, size in enumerate(people)]
    return set(tied(moves, several(who, group), group, 1 if whole else 0))


def test_of_three_who_are_told_twice_over_with_one_more_each_is_given_away():
    """One and two less three, where one and the fourth as well as two, three and the fourth stay what they are."""
    assert given_away([(-9, 9)] * 4, [[0, 3], [1, 2, 3]], [1] * 3) == {0, 1, 2}


def test_who_goes_with_more_than_four_people_goes_free():
    assert given_away([(-9, 9)] * 5, [[0, 1, 2, 3, 4]], [1] * 5) == set()
    assert given_away([(-9, 9)] * 5, [[0, 1, 2, 3, 4]], [1] * 5, group=5) == {0, 1, 2, 3, 4}
    assert given_away([(-9, 9)] * 3, [[0, 1, 2]], [1, 2, 2]) == set()
    assert given_away([(-9, 9)] * 3, [[0, 1, 2]], [1, 2, 1]) == {0, 1, 2}


def test_who_stands_at_an_end_of_the_scale_and_cannot_leave_it_makes_nobody_free():
    """The sixth could go up where the seventh went down, who is at the same end; so neither can."""
    six = [(-9, 9)] * 5 + [(0, 9), (0, 9)]
    assert given_away(six, [[0, 1, 2, 3, 5], [5, 6]], [1] * 5) == {0, 1, 2, 3}


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=2, max_size=6),
    st.lists(st.sets(st.integers(0, 5), min_size=1), max_size=4),
    st.booleans(),
)
def test_who_has_a_weight_is_told_as_from_all_moves(bounds, rows, whole):
    """Each column that has a weight in some sum over four columns, and no other."""
    size = len(bounds)
    rows = [row for found in rows if (row := sorted(column for column in found if column < size))]
    moves = Moves(Programme([(-low, high) for low, high in bounds], rows, whole=whole))
    marks = (np.arange(1, 2**size)[:, None] >> np.arange(size) & 1).astype(bool)
    unions = marks[marks.sum(axis=1) <= 4]
    unions = unions[np.argsort(unions.sum(axis=1), kind="stable")]
    found = determined(moves, unions)
    if whole:
        found = determined_in_whole_numbers(moves, unions, found, 1000)
    every = in_whole_numbers(bounds, rows) if whole else in_fractions(moves, rows)
    weighted = [any(follows(every, union, column) for union in unions) for column in range(size)]
    event(f"weights: {any(weighted)}")
    assert found.any(axis=0).tolist() == weighted


def in_whole_numbers(bounds, rows) -> np.ndarray:
    """Every move."""
    every = np.stack(np.meshgrid(*(range(-low, high + 1) for low, high in bounds)), axis=-1)
    every = every.reshape(-1, len(bounds))
    for row in rows:
        every = every[every[:, row].sum(axis=1) == 0]
    return every


def in_fractions(moves: Moves, rows) -> np.ndarray:
    """Moves of which all others are made."""
    size = moves.columns
    ends = [moves.range([column]) for column in range(size)]
    rows = [*rows, *([column] for column, (down, up) in enumerate(ends) if up - down < 1e-6)]
    return null_space([[Fraction(column in row) for column in range(size)] for row in rows], size)


def follows(every: np.ndarray, union: np.ndarray, column: int) -> bool:
    """Whether a sum over the union, with a weight for the column, is the same after all moves."""
    others = union & (np.arange(len(union)) != column)
    return bool(union[column]) and rank(every[:, union]) == rank(every[:, others])


def rank(rows: np.ndarray) -> int:
    return int(np.linalg.matrix_rank(rows)) if rows.size else 0
