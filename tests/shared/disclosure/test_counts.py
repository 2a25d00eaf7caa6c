"""A number of people by itself: no small cell, nothing small by subtraction, and no sign that nobody is there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disclosure import judgement
from shared.disclosure.aggregates import sums
from shared.disclosure.differencing import changed
from tests.shared.disclosure.subtracted import empty_shown
from tests.shared.disclosure.world import PEOPLE, World, put_all

TREE = {"D": None, "F": "D", "G": "D", "H": "D"}
DEEP = {"C": None, "R": "C", "S": "C", "F": "R", "G": "R", "H": "S"}


@pytest.fixture(autouse=True)
def no_attack(monkeypatch):
    """There are no values to find out."""
    monkeypatch.delattr(judgement, "Attack")


def counted(at: dict[str, int]) -> World:
    world, first = World(PEOPLE), 0
    for unit, people in at.items():
        put_all(world, range(first, first + people), unit, 1)
        first += people
    return world


def test_five_are_counted_and_four_are_not():
    assert counted({"F": 5, "G": 5, "H": 5}).release(TREE, staffed=set("FGH")) == set("DFGH")
    assert counted({"F": 4, "G": 6, "H": 5}).release(TREE, staffed=set("FGH")) == set("DG")
    assert counted({"F": 4}).release(TREE, staffed=set("FGH")) == set()


def test_nobody_and_few_look_the_same():
    for few in range(5):
        assert counted({"F": 6, "G": 7, "H": few}).release(TREE, staffed=set("FGH")) == set("DG")


def test_one_to_four_who_came_are_not_seen_in_any_unit_above():
    world = counted({"F": 9, "G": 9})
    assert world.release(TREE, staffed=set("FG")) == set("DFG")
    for came in range(1, 5):
        world.put(100 + came, "F", 1)
        assert world.release(TREE, staffed=set("FG")) == {"G"}
    world.put(105, "F", 1)
    assert world.release(TREE, staffed=set("FG")) == set("DFG")


def test_the_first_release_against_the_last_would_count_one():
    world = counted({"F": 20})
    first = world.people.copy()
    assert world.release({"F": None}) == {"F"}
    put_all(world, range(5), None)
    assert world.release({"F": None}) == {"F"}
    world.people = first
    world.put(5, None)
    assert world.release({"F": None}) == set()


moves = st.lists(st.tuples(st.integers(0, 30), st.sampled_from((*"CRFGH", None))), max_size=14)


@settings(max_examples=80, deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys("CRFGH", st.integers(0, 9))), st.lists(moves, min_size=1, max_size=3)
)
def test_no_count_or_change_below_the_minimum_follows(at, later):
    world = counted(at)
    for number, some in enumerate([[], *later]):
        for person, unit in some:
            world.put(person, unit, 1 if person not in world.people else None)
        shown = world.release(DEEP, staffed=set("CRFGH"))
        new = world.tabulations[-1]
        totals = new.forest.totals(sums(new.shares, PEOPLE, len(DEEP)).people).tolist()
        sizes = dict(zip((key.unit for key in new.forest.keys), totals, strict=True))
        people = {unit: sizes[unit] if unit in shown else None for unit in DEEP}
        assert empty_shown(people, DEEP, set("CRFGH"), 5) is None
        for old in world.tabulations[:number]:
            assert not {1, 2, 3, 4} & set(changed(new, old)[new.shown].tolist())
