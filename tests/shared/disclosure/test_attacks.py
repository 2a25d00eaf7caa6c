"""The attacks of which the disclosure control knows, one by one: what would tell is not shown."""

import pytest

from shared.disclosure import attacker, judgement, partners
from shared.disclosure.measures import Rule
from tests.shared.disclosure.solver import bounded, certain
from tests.shared.disclosure.world import SCORE, SUBSET, World, put_all

ONE = {"X": None}
TREE = {"D": None, "F": "D", "G": "D", "H": "D"}
FACILITIES = {"D": None, **{f"F{number}": "D" for number in range(6)}}


def attacked(new, earlier, measure, rule):
    """The judgement by the attacker's program alone, without the comparison of a cell with itself."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judgement, "differing", lambda new, earlier, rule, population: ~new.shown)
        return judgement.judge(new, earlier, measure, rule)


def spread(world: World, people, unit: str, **more) -> None:
    """People with scores from 180 to 420."""
    for person in people:
        world.put(person, unit, 180 + person * 37 % 240, **more)


def safe(world: World) -> bool:
    values, cells = world.problem()
    if world.measure is SUBSET:
        return certain(values, cells, world.rule.minimum) is None
    return bounded(values, cells, world.rule.group) is None


def test_the_first_release_against_the_last_gives_the_sixth_away():
    """S, then S without five, then S without a sixth: each step moves five people or more."""
    for judged in (judgement.judge, attacked):
        world = World()
        spread(world, range(20), "X")
        assert world.release(ONE, judged=judged) == {"X"}
        put_all(world, range(5), None)
        assert world.release(ONE, judged=judged) == {"X"}
        for person in range(5):
            world.put(person, "X", world.values[person])
            world.people[person] = world.people[person].__class__("X", person, world.values[person])
        world.put(5, None)
        assert world.release(ONE, judged=judged) == set()
        assert safe(world)


def test_the_same_under_other_names_of_the_unit_is_found_by_the_attack():
    world = World()
    spread(world, range(20), "X")
    assert world.release({"X": None}) == {"X"}
    for person in range(1, 20):
        world.put(person, "Y")
    world.people.pop(0)
    assert world.release({"Y": None}) == set()
    assert safe(world)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_one_to_four_who_changed_are_withheld_in_all_units_above(count):
    world = World()
    spread(world, range(10), "F")
    spread(world, range(10, 20), "G")
    assert world.release(TREE, staffed=set("FG")) == set("DFGH") - {"H"}
    for person in range(count):
        world.put(person, "F", 300)
    assert world.release(TREE, staffed=set("FG")) == {"G"}
    spread(world, range(count, 5), "F")
    assert world.release(TREE, staffed=set("FG")) == set("DFG")
    assert safe(world)


def test_five_who_left_five_facilities_are_shown_in_the_district_alone():
    world = World()
    for facility in range(6):
        spread(world, range(10 * facility, 10 * facility + 8), f"F{facility}")
    staffed = {f"F{number}" for number in range(6)}
    assert world.release(FACILITIES, staffed=staffed) == set(FACILITIES)
    for facility in range(5):
        world.put(10 * facility, None)
    assert world.release(FACILITIES, staffed=staffed) >= {"D"}
    assert not {f"F{number}" for number in range(5)} & {
        key.unit
        for key, shown in zip(world.tabulations[1].forest.keys, world.tabulations[1].shown, strict=True)
        if shown
    }
    assert safe(world)


def test_two_who_left_two_units_would_be_told_together():
    """The sum of both follows, though neither's score does: a union of atoms."""
    world = World()
    spread(world, range(10), "F")
    spread(world, range(10, 20), "G")
    assert world.release({"D": None, "F": "D", "G": "D"}, staffed=set("FG")) == set("DFG")
    for person in (*range(1, 10), *range(11, 20)):
        world.put(person, "E")
    world.people.pop(0)
    world.people.pop(10)
    assert world.release({"E": None}) == set()
    assert safe(world)


def test_who_moves_between_two_districts_can_hide_among_others():
    tree = {"C": None, "D": "C", "E": "C"}
    world = World()
    spread(world, range(20), "D")
    spread(world, range(20, 40), "E")
    world.release(tree, staffed=set("DE"))
    world.put(0, "E")
    put_all(world, range(1, 7), None)
    put_all(world, range(20, 26), None)
    spread(world, range(40, 46), "D")
    spread(world, range(46, 52), "E")
    assert world.release(tree, staffed=set("DE")) == set("CDE")
    assert safe(world)


def test_who_moves_alone_is_withheld_in_both_districts():
    tree = {"C": None, "D": "C", "E": "C"}
    world = World()
    spread(world, range(20), "D")
    spread(world, range(20, 40), "E")
    world.release(tree, staffed=set("DE"))
    world.put(0, "E")
    assert world.release(tree, staffed=set("DE")) == {"C"}
    assert safe(world)


def test_several_people_at_one_end_of_the_scale_are_not_parted():
    """Seven who left the unit, all with the highest score: the difference says it of each."""
    world = World()
    spread(world, range(20), "X")
    put_all(world, range(20, 27), "X", 500)
    world.release({"X": None})
    for person in range(20):
        world.put(person, "Y")
    for person in range(20, 27):
        world.people.pop(person)
    assert world.release({"Y": None}) == set()
    assert safe(world)


def test_three_at_one_end_of_the_scale_who_cannot_move_far_are_not_parted():
    """Where others make up for them they would be safe: here nobody can, but for one person."""
    world = World()
    spread(world, range(20), "X")
    put_all(world, range(20, 23), "X", 500)
    world.release({"X": None})
    put_all(world, range(20, 23), None)
    spread(world, range(30, 40), "X")
    world.release({"X": None})
    assert safe(world)


def test_levels_and_the_unit_as_a_whole_are_judged_together():
    """17 at level B and 20 in all: three others, at a level that is withheld."""
    world = World()
    spread(world, range(17), "X", level="B")
    assert world.release(ONE, level="B") == {"X"}
    spread(world, range(17, 20), "X", level="I")
    assert world.release(ONE, level="I") == set()
    assert world.release(ONE) == set()
    spread(world, range(20, 22), "X", level="I")
    assert world.release(ONE) == {"X"}
    assert safe(world)


def test_periods_that_count_the_same_answer_are_judged_together():
    world = World()
    spread(world, range(10), "X", periods=frozenset({"Q1", "Q2"}))
    assert world.release(ONE, period="Q1") == {"X"}
    spread(world, range(10, 13), "X", periods=frozenset({"Q2"}))
    assert world.release(ONE, period="Q2") == set()
    spread(world, range(13, 15), "X", periods=frozenset({"Q2"}))
    assert world.release(ONE, period="Q2") == {"X"}
    assert safe(world)


def test_women_who_came_are_not_counted_one_by_one():
    world = World(SUBSET, Rule(2))
    for person in range(8):
        world.put(person, "X", person % 2)
    assert world.release(ONE) == {"X"}
    world.put(8, "X", 1)
    assert world.release(ONE) == set()
    world.put(9, "X", 1)
    assert world.release(ONE) == set(), "both who came are women"
    world.put(9, "X", 0)
    assert world.release(ONE) == set(), "one of two is a woman"
    put_all(world, (10, 11), "X", 0)
    world.put(12, "X", 1)
    assert world.release(ONE) == {"X"}
    assert safe(world)


@pytest.mark.parametrize("name", ["BLOCK", "NEAR"])
def test_what_is_too_much_to_search_is_withheld(monkeypatch, name):
    world = World(SCORE)
    for facility in range(6):
        spread(world, range(10 * facility, 10 * facility + 8), f"F{facility}")
    world.release(FACILITIES)
    for facility in range(5):
        world.put(10 * facility, None)
    monkeypatch.setattr(attacker, name, 1)
    monkeypatch.setattr(partners, "OFFERS", 0)
    assert "D" not in world.release(FACILITIES)


def test_where_the_last_attack_still_finds_something_nothing_is_shown(monkeypatch):
    world = World()
    spread(world, range(20), "X")
    world.release(ONE)
    monkeypatch.setattr(judgement.Attack, "given_away", lambda attack, atoms: frozenset({0}))
    monkeypatch.setattr(judgement, "ROUNDS", 0)
    assert world.release(ONE) == set()


def test_a_cell_is_compared_with_itself_in_every_earlier_release():
    world = World()
    spread(world, range(20), "X")
    world.release(ONE)
    first = world.people.copy()
    put_all(world, range(5), None)
    world.release(ONE)
    world.people = first
    world.put(5, None)
    world.release(ONE)
    assert judgement.differing(world.tabulations[2], world.tabulations[1:2], Rule()).tolist() == [False]
    assert judgement.differing(world.tabulations[2], world.tabulations[:2], Rule()).tolist() == [True]
