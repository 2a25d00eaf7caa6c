"""A release is judged as from scratch: whatever was stored of those before leads to the same cells."""

import random
from datetime import date
from uuid import NAMESPACE_OID, UUID, uuid5

import numpy as np
import pytest

from shared.disclosure.aggregates import Shares, Tabulation
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Key, Measure, Rule
from shared.releases.cubes import Cube, number_of_people
from shared.releases.making import Made, Past, make
from shared.releases.population import ABSENT, Population, cells, tree

SCORE, BELOW = Measure("score"), Measure("below", 0, 1)
CUBE = Cube("roll-ups", (SCORE, BELOW), {"below": "score"})
PERIOD, DAY = "2026Q3", date(2026, 8, 1)
PATHS = [("N", "D", "F"), ("N", "D", "G"), ("N", "E", "H")]
TREE = cells(tree(PATHS), ["B"], {Key(path[-1], "B") for path in PATHS})

COUNTS = Cube("roll-ups", (number_of_people("people"), SCORE), {"score": "people"})

State = tuple[str, str, int | None]  # unit, source, score


def person(name: object) -> UUID:
    return uuid5(NAMESPACE_OID, str(name))


def population(states: dict[str, State]) -> Population:
    found = Population()
    found.add(
        (person(name), source, Key(unit, "B"), [score, None if score is None else int(score < 300)])
        for name, (unit, source, score) in states.items()
    )
    return found


def made(states: dict[str, State], past: Past, forest=TREE) -> Made | None:
    return make(CUBE, PERIOD, DAY, population(states), forest, past, Rule())


def remember(past: Past, found: Made) -> None:
    """As the store does it."""
    number = found.release.number
    past.releases.append(found.release)
    past.forests.append(found.forest)
    for _, who, source, amounts in found.shares:
        past.people.append(who)
        past.sources.append(source)
        past.amounts.append(amounts)
    left = set(found.left)
    past.members = [
        (share, place, first, number - 1 if last is None and share in left else last)
        for share, place, first, last in past.members
    ]
    past.members += [(share, place, number, None) for share, place in found.joined]


def crowd(prefix: str, unit: str, size: int, score: int = 300) -> dict[str, State]:
    return {f"{prefix}{number}": (unit, "first", score) for number in range(size)}


def shown(found: Made, measure: str = "score") -> dict[str, int]:
    return {
        cell.unit: cell.people
        for cell in found.release.cells
        if cell.measure == measure and cell.people is not None
    }


def test_a_unit_has_one_parent_and_the_first_path_says_which():
    assert tree([("N", "D", "F"), ("N", "E", "F"), ("N", "E", "D", "X")]) == {
        "N": None, "D": "N", "F": "D", "E": "N", "X": "D"
    }  # fmt: skip
    assert tree([("N", "E", "F")], {"F": "D", "D": None})["F"] == "D"


def test_the_first_release_shows_what_is_safe_in_itself():
    found = made(crowd("f", "F", 9) | crowd("g", "G", 3) | crowd("h", "H", 9, 250), Past())
    assert found is not None
    assert shown(found) == {"N": 21, "D": 12, "E": 9, "H": 9}  # less F, D would be the three of G
    assert found.release.number == 1
    assert len(found.shares) == len(found.joined) == 21


def test_of_nobody_new_nothing_is_released():
    past, states = Past(), crowd("f", "F", 9)
    first = made(states, past)
    assert first is not None
    remember(past, first)
    assert made(states, past) is None


def test_a_share_has_its_number_as_long_as_nothing_about_it_changes():
    past, states = Past(), crowd("f", "F", 9)
    first = made(states, past)
    assert first is not None
    remember(past, first)
    states |= {f"f{number}": ("G", "first", 300) for number in range(5)}  # moved: the same shares elsewhere
    states |= {
        f"f{number}": ("F", "second", 300) for number in range(5, 9)
    }  # assessed again, with the same score
    states |= crowd("h", "H", 6)
    second = made(states, past)
    assert second is not None
    assert [source for _, _, source, _ in second.shares] == ["second"] * 4 + ["first"] * 6
    assert len(second.left) == 9
    assert {path for share, (_, path) in second.joined if share <= 9} == {("N", "D", "G")}
    assert second.release.corrects == 1


def test_a_cell_in_which_one_person_changed_is_withheld():
    past, states = Past(), crowd("f", "F", 9) | crowd("g", "G", 9) | crowd("h", "H", 9)
    first = made(states, past)
    assert first is not None
    remember(past, first)
    second = made(states | {"f0": ("F", "second", 500)} | crowd("i", "H", 8), past)
    assert second is not None
    assert "F" in shown(first)
    assert "F" not in shown(second)


def test_who_left_and_came_back_unchanged_has_the_share_of_before():
    past = Past()
    everybody = crowd("f", "F", 9) | crowd("h", "H", 12)
    for states in (everybody, crowd("h", "H", 12), everybody):
        found = made(states, past)
        assert found is not None
        remember(past, found)
    assert len(past.people) == 21
    there = ("B", ("N", "D", "F"))
    assert sorted(past.members)[:2] == [(1, there, 1, 1), (1, there, 3, None)]


@pytest.mark.parametrize("seed", range(8))
def test_what_was_stored_is_judged_as_the_whole_history_is(seed: int):
    """Beside an own bookkeeping of every release: the same cells are shown, release by release."""
    chance, past, states = random.Random(seed), Past(), dict[str, State]()
    history: dict[str, list[Tabulation]] = {"score": [], "below": []}
    numbers: dict[tuple[str, str, int | None], int] = {}
    for step in range(5):
        for _ in range(chance.choice([6, 9, 14])):
            name = f"p{chance.randrange(40)}"
            if chance.random() < 0.1:
                states.pop(name, None)
                continue
            score = None if chance.random() < 0.2 else chance.randrange(100, 500)
            states[name] = (chance.choice("FGHDE"), f"step {step}", score)
        found = made(states, past)
        expected = judged(states, history, numbers)
        if found is None:
            assert past.latest is not None
            assert expected["score"] == marks(past.releases[-1], "score")
            history = {name: before[:-1] for name, before in history.items()}
            continue
        assert {name: marks(found.release, name) for name in expected} == expected
        remember(past, found)


def marks(release, measure: str) -> set[str]:
    return {cell.unit for cell in release.cells if cell.measure == measure and cell.people is not None}


def judged(
    states: dict[str, State], history: dict[str, list[Tabulation]], numbers: dict
) -> dict[str, set[str]]:
    places = {key.unit: place for place, key in enumerate(TREE.keys)}
    shown = np.ones(len(TREE.keys), dtype=bool)
    found: dict[str, set[str]] = {}
    for name, measure in (("score", SCORE), ("below", BELOW)):
        rows = []
        for who, (unit, source, score) in states.items():
            share = numbers.setdefault((who, source, score), len(numbers))
            if score is not None:
                value = score if name == "score" else int(score < 300)
                rows.append((share, int(who[1:]), places[unit], value))
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        tabulation = judge(Tabulation(TREE, Shares(*columns), shown), history[name], measure, Rule())
        history[name].append(tabulation)
        shown = tabulation.shown
        found[name] = {key.unit for key, one in zip(TREE.keys, shown.tolist(), strict=True) if one}
    return found


def test_who_is_absent_from_a_figure_counts_in_no_cell_of_it():
    unscored = {f"n{one}": ("H", "first", None) for one in range(6)}
    found = made(crowd("f", "F", 9) | crowd("g", "G", 9) | crowd("h", "H", 9) | unscored, Past())
    assert found is not None
    assert shown(found)["H"] == 9
    assert (np.array([row[3] for row in found.shares]) == ABSENT).sum() == 12


def counted(states: dict[str, State], past: Past) -> Made:
    """A release of people and scores, remembered."""
    rows = Population()
    rows.add(
        (person(name), source, Key(unit, "B"), [1, score]) for name, (unit, source, score) in states.items()
    )
    found = make(COUNTS, PERIOD, DAY, rows, TREE, past, Rule())
    assert found is not None
    remember(past, found)
    return found


def test_a_number_of_people_changes_by_who_comes_and_leaves_alone():
    """Who is assessed again has another score, and counts as one person as before."""
    past, states = Past(), crowd("f", "F", 9) | crowd("g", "G", 9) | crowd("h", "H", 9)
    counted(states, past)
    second = counted(states | {"f0": ("F", "second", 500)} | crowd("i", "H", 8), past)
    assert shown(second, "people") == {"N": 35, "D": 18, "F": 9, "G": 9, "E": 17, "H": 17}
    assert shown(second) == {"G": 9, "E": 17, "H": 17}


def test_a_number_of_people_gives_no_small_one_away_later():
    """Of ten people two were in E, which the first release does not show; less D of the second it would."""
    past, states = Past(), crowd("f", "F", 4) | crowd("g", "G", 4) | crowd("h", "H", 2)
    assert shown(counted(states, past), "people") == {"N": 10}
    assert not {"D", "E", "H"} & shown(counted(states | crowd("i", "H", 5), past), "people").keys()
