"""No history of releases gives anybody away to an attacker who solves for every person by brute force."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure.measures import Rule
from tests.shared.disclosure.solver import bounded, certain
from tests.shared.disclosure.world import SCORE, SUBSET, World

pytestmark = pytest.mark.slow(12)

TREE = {"C": None, "R": "C", "S": "C", "F": "R", "G": "R", "H": "S"}
TREES = (
    TREE,
    {"C": None, "R": "C", "S": "C", "F": "R", "G": "S", "H": "S"},  # G moved
    {"C": None, "R": "C", "S": "C", "F": "R", "H": "S"},  # G is merged into F, by its people
    {"C": None, "R": "C", "S": "C", "F": "R", "G": "R", "H": "S", "K": "S"},  # K split off
)
UNITS = ("C", "R", "F", "G", "H", "K", None)


@st.composite
def changes(draw, measure):
    """What happens to some people before a release: unit, a new value or the old one."""
    values = st.sampled_from((0, 1)) if measure is SUBSET else st.sampled_from((100, 130, 250, 300, 370, 500))
    what = st.tuples(st.integers(0, 13), st.sampled_from(UNITS), st.none() | values, st.sampled_from("BI"))
    return draw(st.lists(what, max_size=8))


@st.composite
def histories(draw, measure):
    """A first state of everybody, then releases, each after some changes, of some breakdown or period."""
    values = st.sampled_from((0, 1)) if measure is SUBSET else st.sampled_from((100, 180, 250, 300, 410, 500))
    count = draw(st.integers(9, 14))
    first = [
        (draw(st.sampled_from(("F", "F", "G", "H", "R"))), draw(values), draw(st.sampled_from("BBI")))
        for _ in range(count)
    ]
    releases = st.tuples(
        changes(measure),
        st.sampled_from(TREES),
        st.sampled_from((None, None, "B")),
        st.sampled_from(("Q1", "Q1", "Q2")),
    )
    return first, draw(st.lists(releases, min_size=2, max_size=4))


def play(history, world) -> int:
    """Release after release; returns how many cells were shown after the first."""
    first, releases = history
    for person, (unit, value, level) in enumerate(first):
        world.put(person, unit, value, level=level, periods=frozenset({"Q1", "Q2"} if person % 3 else {"Q1"}))
    later = 0
    for number, (moved, tree, level, period) in enumerate(releases):
        for person, unit, value, at in moved:
            if person in world.people or value is not None:
                world.put(person, unit, value, **({} if person in world.people else {"level": at}))
        shown = world.release(tree, level=level, period=period)
        later += len(shown) if number else 0
    return later


@settings(max_examples=80, deadline=None)
@given(histories(SCORE))
def test_no_score_is_bounded(history):
    world = World(SCORE, Rule(3))
    later = play(history, world)
    event(f"shown later: {later > 0}")
    values, cells = world.problem()
    assert bounded(values, cells, 2, world.whose()) is None


@settings(max_examples=80, deadline=None)
@given(histories(SUBSET))
def test_no_count_is_certain(history):
    world = World(SUBSET, Rule(2))
    later = play(history, world)
    event(f"shown later: {later > 0}")
    values, cells = world.problem()
    assert certain(values, cells, 2) is None
