"""Cubes whose figures have no scale of their own, or whose periods count the same people."""

from datetime import date

from shared.disclosure.measures import Key, Measure, Rule
from shared.releases.cubes import Cube
from shared.releases.making import Made, Past, make
from shared.releases.population import Population, cells, tree
from tests.shared.releases.test_making import (
    CUBE,
    DAY,
    PATHS,
    PERIOD,
    TREE,
    State,
    crowd,
    person,
    population,
    remember,
    shown,
)

DONE = Cube(
    "activities",
    (Measure("people", 1, 1), Measure("most done", 0, 1), Measure("done", 0, 0), Measure("due", 0, 0)),
    {"most done": "people"},
    judged_by={"done": "most done", "due": "most done"},
)


ALONE = cells(tree(PATHS[:1]), ["B"], {Key("F", "B")})


def totals(found: Made, measure: str) -> dict[str, int]:
    return {
        cell.unit: cell.total
        for cell in found.release.cells
        if cell.measure == measure and cell.total is not None
    }


def activities(unit: str, *people: tuple[int, int]) -> Population:
    """People with what was done of what was due."""
    found = Population()
    found.add(
        (person(f"{unit}{number}"), "first", Key(unit, "B"), [1, int(2 * done >= due), done, due])
        for number, (done, due) in enumerate(people)
    )
    return found


def test_a_figure_is_shown_where_the_measure_judged_in_its_place_is():
    """All of G did all: beside F the district would tell of them."""
    people = activities("F", *[(3, 3)] * 5, *[(1, 4)] * 5)
    for others in (activities("G", *[(2, 2)] * 20), activities("H", *[(1, 1)] * 5, *[(0, 1)] * 5)):
        people.add(zip(others.people, others.sources, others.keys, others.amounts, strict=True))
    found = make(DONE, PERIOD, DAY, people, TREE, Past(), Rule())
    assert found is not None
    assert shown(found, "people") == {"N": 40, "D": 30, "F": 10, "G": 20, "E": 10, "H": 10}
    assert totals(found, "done") == {"N": 65, "D": 60, "E": 5, "H": 5}
    assert totals(found, "due") == {"N": 85, "D": 75, "E": 10, "H": 10}
    assert {cell.measure for cell in found.release.cells} == {"people", "done", "due"}


def test_what_was_shown_of_such_a_figure_is_known_to_the_next_release():
    past, rows = Past(), [(3, 3)] * 8 + [(1, 4)] * 8
    first = make(DONE, PERIOD, DAY, activities("F", *rows), ALONE, past, Rule())
    assert first is not None
    remember(past, first)
    second = make(DONE, PERIOD, DAY, activities("F", (2, 3), *rows[1:]), ALONE, past, Rule())
    assert second is not None
    assert (shown(first, "done").get("F"), shown(second, "done").get("F")) == (16, None)


OVERLAPPING = Cube(CUBE.name, CUBE.measures, CUBE.within, overlapping=True)


def test_overlapping_periods_are_told_apart_by_five_people_or_nobody():
    """The same people count in both quarters: without one of them, a quarter less the other is that one."""
    quarter, states = Past(), crowd("f", "F", 9) | crowd("h", "H", 9)
    first = make(OVERLAPPING, PERIOD, DAY, population(states), TREE, quarter, Rule())
    assert first is not None
    remember(quarter, first)

    def following(states: dict[str, State]) -> Made | None:
        past = Past([], [], quarter.people, quarter.sources, quarter.amounts, [], [quarter])
        return make(OVERLAPPING, "2026Q4", date(2026, 11, 1), population(states), TREE, past, Rule())

    same = following(states)
    assert same is not None
    assert (shown(same), same.shares, same.overlapping) == (shown(first), [], True)
    assert same.release.number == 1
    one_less = following({name: state for name, state in states.items() if name != "f0"})
    assert one_less is not None
    assert shown(one_less) == {"E": 9, "H": 9}
