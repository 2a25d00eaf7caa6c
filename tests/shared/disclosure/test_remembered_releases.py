"""A reader who knows some people and remembers every release solves for the others by brute force: in vain.

What is asked of `readers.py` here is asked of the engine in `test_known_people.py`, with the same attackers.
"""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure.measures import Key, Measure, Rule
from shared.disclosure.spans import Span
from tests.shared.disclosure.nearby import Country
from tests.shared.disclosure.solver import bounded, certain, weighed, weighed_bits
from tests.shared.disclosure.test_attacks import spread
from tests.shared.disclosure.test_judgement import histories, play
from tests.shared.disclosure.world import SCORE, SUBSET, World

pytestmark = pytest.mark.slow(20)

shares = st.sets(st.integers(0, 20), max_size=6)
looked_at = st.sampled_from((1000, 4))  # of one home; with few more is withheld


def hide(world: World, known, **how) -> int:
    """Leave what the reader is shown; returns how many cells are withheld beside what nobody is shown."""
    withheld = Country(world, known, **how).withheld(world.measure)
    for tabulation, keys in zip(world.tabulations, withheld, strict=True):
        for place, key in enumerate(tabulation.forest.keys):
            assert key not in keys or tabulation.shown[place]
            tabulation.shown[place] &= key not in keys
    return sum(map(len, withheld))


def others(world: World, known) -> tuple[list[int], list[frozenset[int]]]:
    """The values of those who are not known, and the shown cells without the known people."""
    cells = [cell - known for cell in world.cells()]
    left = sorted(frozenset().union(*cells))
    number = {share: place for place, share in enumerate(left)}
    return [world.values[share] for share in left], [
        frozenset(number[share] for share in cell) for cell in cells if cell
    ]


@settings(max_examples=60, deadline=None)
@given(histories(SCORE), st.sampled_from((2, 3, 4, 5)), shares, st.booleans(), looked_at)
def test_no_sum_with_weights_is_determined_of_the_others(history, smallest, known, listed, most):
    world = World(SCORE, Rule(smallest))
    play(history, world)
    event(f"less than published: {hide(world, known, listed=listed, most=most) > 0}")
    assert weighed(*others(world, known), world.rule.group) is None


@settings(max_examples=40, deadline=None)
@given(histories(SCORE), shares, st.booleans(), looked_at)
def test_no_score_of_the_others_is_bounded(history, known, listed, most):
    world = World(SCORE, Rule(3))
    play(history, world)
    event(f"less than published: {hide(world, known, listed=listed, most=most) > 0}")
    assert bounded(*others(world, known), 2) is None


@settings(max_examples=60, deadline=None)
@given(histories(SUBSET), shares, st.booleans(), looked_at)
def test_of_a_subset_nothing_is_certain_of_the_others(history, known, listed, most):
    world = World(SUBSET, Rule(2))
    play(history, world)
    event(f"less than published: {hide(world, known, listed=listed, most=most) > 0}")
    problem = others(world, known)
    assert certain(*problem, 2) is None
    assert weighed_bits(*problem, world.rule.group) is None


@settings(max_examples=60, deadline=None)
@given(histories(SCORE), shares, st.booleans(), looked_at)
def test_what_a_reader_was_shown_once_stays_what_counts(history, known, listed, most):
    """Asked after each release, and of all releases at the end: the same is withheld of each."""
    world = World(SCORE, Rule(2))
    play(history, world)
    everything = list(world.tabulations)
    finally_withheld = Country(world, known, listed=listed, most=most).withheld(SCORE)
    for number in range(1, len(everything) + 1):
        world.tabulations = everything[:number]
        then = Country(world, known & then_there(world), listed=listed, most=most).withheld(SCORE)
        event(f"withheld: {bool(then[-1])}")
        assert then == finally_withheld[:number]


def then_there(world: World) -> set[int]:
    return {share for one in world.tabulations for share in one.shares.share.tolist()}


def newcomers(measure: Measure, size: int = 5) -> World:
    """Twenty people at F and at G below D, then some more at F."""
    world = World(measure)
    spread(world, range(20), "F")
    spread(world, range(20, 40), "G")
    tree = {"D": None, "F": "D", "G": "D"}
    assert world.release(tree, staffed=set("FG")) == set("DFG")
    spread(world, range(40, 40 + size), "F")
    assert world.release(tree, staffed=set("FG")) == set("DFG")
    return world


def test_four_of_five_newcomers_are_known_and_the_fifth_is_not_told_by_last_month():
    known = frozenset(range(40, 44))
    assert weighed(*others(newcomers(SCORE), known), 4) is not None, "the attack that is stopped here"
    world = newcomers(SCORE)
    assert Country(world, known).withheld(SCORE) == [set(), {Key("D"), Key("F")}]
    assert Country(world, {40, *range(20, 28)}).withheld(SCORE) == [set(), {Key("D"), Key("F")}]


def test_where_five_others_came_all_is_shown():
    assert Country(newcomers(SCORE, 6), {40}).withheld(SCORE) == [set(), set()]
    assert Country(newcomers(SCORE), {0, 1, 2}).withheld(SCORE) == [set(), set()]


def test_of_a_home_that_is_too_large_to_look_at_the_first_are_looked_at():
    """Enough of them for one who stays, and all others are withheld from who knows somebody that came later."""
    assert Country(newcomers(SCORE, 9), {0}, most=10).withheld(SCORE) == [set(), set()]
    assert Country(newcomers(SCORE, 9), {40}, most=10).withheld(SCORE) == [set(), {Key("D"), Key("F")}]


def test_vectors_add_up_or_do_not():
    span = Span([frozenset("ab"), frozenset("bc"), frozenset("c")])
    assert all(frozenset(names) in span for names in ("", "a", "b", "abc"))
    assert frozenset("ad") not in span
    assert frozenset("ac") not in Span([frozenset("ab"), frozenset("bc")])
