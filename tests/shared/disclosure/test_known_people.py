"""What a reader who may read some people one by one is shown beside: nothing about one to four others."""

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure.judgement import judge
from shared.disclosure.measures import Rule
from tests.shared.disclosure.known_people import shown_to
from tests.shared.disclosure.solver import bounded
from tests.shared.disclosure.test_attacks import spread
from tests.shared.disclosure.test_judgement import histories, play
from tests.shared.disclosure.world import SCORE, World

pytestmark = pytest.mark.slow(6)


def read(world: World, known) -> list[set[str]]:
    shown = shown_to(world.tabulations, np.array(sorted(known), dtype=np.int64), world.measure, world.rule)
    return [
        {key.unit for key, one in zip(tabulation.forest.keys, marks, strict=True) if one}
        for tabulation, marks in zip(world.tabulations, shown, strict=True)
    ]


def test_who_knows_nobody_is_shown_what_is_published():
    world = World()
    spread(world, range(6), "X")
    world.release({"X": None})
    assert read(world, ()) == [{"X"}]


def test_a_leader_who_knows_five_of_six_is_not_shown_the_sixth():
    world = World()
    spread(world, range(6), "F")
    spread(world, range(6, 14), "G")
    assert world.release({"D": None, "F": "D", "G": "D"}, staffed=set("FG")) == set("DFG")
    assert read(world, range(5)) == [{"D"}]
    assert read(world, (0,)) == [{"D", "F", "G"}]


def test_a_movement_of_five_of_whom_four_are_known_is_that_of_the_fifth():
    world = World()
    spread(world, range(20), "X")
    world.release({"X": None})
    spread(world, range(20, 25), "X")
    world.release({"X": None})
    assert read(world, ()) == [{"X"}, {"X"}]
    assert read(world, range(20, 24)) == [{"X"}, set()]


@settings(max_examples=40, deadline=None)
@given(histories(SCORE), st.sets(st.integers(0, 20), max_size=6))
def test_no_other_score_is_bounded_for_a_reader(history, known):
    world = World(SCORE, Rule(3))
    play(history, world)
    shown = shown_to(world.tabulations, np.array(sorted(known), dtype=np.int64), SCORE, world.rule)
    less = False
    for tabulation, marks in zip(world.tabulations, shown, strict=True):
        assert not (marks & ~tabulation.shown).any()
        less = less or bool((tabulation.shown != marks).any())
        tabulation.shown[:] = marks
    event(f"less than published: {less}")
    shares = sorted(frozenset().union(*world.cells()) - known)
    number = {share: place for place, share in enumerate(shares)}
    cells = [frozenset(number[share] for share in cell - known) for cell in world.cells()]
    assert bounded([world.values[share] for share in shares], [cell for cell in cells if cell], 2) is None


@settings(max_examples=30, deadline=None)
@given(histories(SCORE))
def test_to_judge_again_what_was_judged_changes_nothing(history):
    world = World(SCORE, Rule(3))
    play(history, world)
    for number, one in enumerate(world.tabulations):
        assert judge(one, world.tabulations[:number], SCORE, world.rule).shown.tolist() == one.shown.tolist()
