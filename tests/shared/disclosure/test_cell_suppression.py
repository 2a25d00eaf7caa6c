"""What one release withholds: small and empty cells, extreme ones, subsets, and what would lead to them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disclosure.aggregates import sums
from shared.disclosure.cell_suppression import suppress
from shared.disclosure.measures import Rule
from tests.shared.disclosure.subtracted import empty_shown
from tests.shared.disclosure.world import SUBSET, World, put_all

TREE = {"D": None, "F": "D", "G": "D", "H": "D"}


def shown(at: dict[str, list[int]], measure=None, tree=TREE, staffed=None) -> set[str]:
    """The units shown of people with these values at each unit."""
    world = World(measure) if measure else World()
    people = iter(range(1000))
    for unit, values in at.items():
        for value in values:
            world.put(next(people), unit, value)
    return world.release(tree, staffed=staffed)


def middle(count: int) -> list[int]:
    return [300] * count


def test_five_are_shown_and_four_are_not():
    assert shown({"F": middle(5), "G": middle(5), "H": middle(5)}, staffed=set("FGH")) == set("DFGH")
    assert shown({"F": middle(4)}) == set()


def test_a_small_cell_takes_the_smallest_of_the_others_with_it():
    assert shown({"F": middle(4), "G": middle(6), "H": middle(5)}, staffed=set("FGH")) == set("DG")


def test_the_office_of_a_district_is_a_cell_like_any_other():
    assert shown({"D": middle(3), "F": middle(6), "G": middle(7), "H": middle(8)}) == set("DGH")


def test_that_nobody_is_in_a_withheld_cell_does_not_show():
    assert shown({"F": middle(6), "G": middle(7)}, staffed=set("FGH")) == set("DG")


def test_a_cell_in_which_nobody_can_be_says_nothing():
    assert shown({"F": middle(6), "G": middle(7)}, staffed=set("FG")) == set("DFG")


def test_two_small_cells_do_not_protect_each_other():
    assert shown({"F": middle(2), "G": middle(2), "H": middle(9)}, staffed=set("FGH")) == set("D")


def test_what_is_withheld_below_a_withheld_cell_counts_above_it():
    tree = {"C": None, "D": "C", "E": "C", "F": "D", "G": "D"}
    at = {"F": middle(9), "G": middle(2), "E": middle(9)}
    assert shown(at, tree=tree, staffed=set("FGE")) == set("CDE")
    assert shown(at | {"F": middle(2)}, tree=tree, staffed=set("FGE")) == set("C")


def test_a_mean_at_an_end_of_the_scale_would_tell_each_score():
    assert shown({"F": [500] * 9, "G": middle(9), "H": middle(9)}, staffed=set("FGH")) == set("DH")
    assert shown({"F": [100] * 9, "G": middle(9), "H": middle(9)}, staffed=set("FGH")) == set("DH")
    # Of five people with 459.8 on average nobody has less than 299, and four have more than 449.75 together.
    assert shown({"F": [459, 460, 460, 460, 460], "G": middle(9)}, staffed=set("FG")) == set("DFG")
    assert shown({"F": [460] * 5, "G": middle(9)}, staffed=set("FG")) == set("D")


def test_a_subset_is_five_people_and_so_are_the_others():
    five = [1] * 5 + [0] * 5
    assert shown({"F": five, "G": five}, SUBSET, staffed=set("FG")) == set("DFG")
    for some in (0, 1, 4, 6, 9, 10):
        few = [1] * some + [0] * (10 - some)
        assert shown({"F": few, "G": five}, SUBSET, staffed=set("FG")) == set("D")


counts = st.integers(0, 8)


@settings(max_examples=100, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys("CRSFGHIJ", counts)), st.sets(st.sampled_from("CRSFGHIJ")))
def test_no_count_below_the_minimum_follows(at, staffed):
    tree = {"C": None, "R": "C", "S": "C", "F": "R", "G": "R", "H": "R", "I": "S", "J": "S"}
    staffed = staffed | {unit for unit, count in at.items() if count}
    world, next_person = World(), 0
    for unit, count in at.items():
        put_all(world, range(next_person, next_person + count), unit, 300)
        next_person += count
    units = world.release(tree, staffed=staffed)
    inside = {unit: {unit, *(below for below in tree if unit in _above(below, tree))} for unit in tree}
    people = {unit: sum(at[below] for below in inside[unit]) if unit in units else None for unit in tree}
    assert empty_shown(people, tree, staffed, 5) is None


def _above(unit: str, tree: dict) -> set[str]:
    found = set()
    while tree[unit]:
        unit = tree[unit]
        found.add(unit)
    return found


def test_what_must_be_withheld_is():
    world = World()
    for number, unit in enumerate("FFFFFGGGGGHHHHH"):
        world.put(number, unit, 300)
    world.release(TREE, staffed=set("FGH"))
    tabulation = world.tabulations[0]
    own = sums(tabulation.shares, world.measure, 4)
    suppressed = np.array([key.unit == "F" for key in tabulation.forest.keys])
    found = suppress(tabulation.forest, own, world.measure, Rule(), suppressed)
    assert [
        key.unit for key, is_shown in zip(tabulation.forest.keys, found, strict=True) if is_shown
    ] == list("DGH")
