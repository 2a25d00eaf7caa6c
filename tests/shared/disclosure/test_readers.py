"""What a reader who knows some people can solve: no one to four others, by any sum of published cells."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from shared.disclosure.aggregates import Shares as Counted
from shared.disclosure.aggregates import Tabulation, forest
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Key, Measure, Rule
from shared.disclosure.nearby import Cell, Figure, Nearby, Share
from shared.disclosure.readers import judged
from tests.insider import Shares, solved

pytestmark = pytest.mark.slow(15)

TREE: dict[str, str | None] = {
    "C": None,
    "R": "C",
    "S": "C",
    "D1": "R",
    "D2": "R",
    "F1": "D1",
    "F2": "D1",
    "G1": "D2",
}


def path(code: str | None, tree: Mapping[str, str | None] = TREE) -> tuple[str, ...]:
    return (*path(tree[code], tree), code) if code else ()


FIGURE = Figure(
    "it", 0, Measure("it", -199, 201)
)  # everybody is in its middle: nothing follows from its ends


@dataclass(frozen=True)
class State:
    """Where somebody counts, from the root down to the own unit, and with which figures."""

    path: tuple[str, ...]
    figures: tuple[int, ...]


@dataclass(frozen=True)
class Total:
    """A total as it was published last: how many people, in which release."""

    people: int
    number: int


@dataclass
class Releases:
    """A tree whose totals are released again and again, as the services do it."""

    tree: Mapping[str, str | None]
    states: list[dict[int, State]] = field(default_factory=list)  # who counted in each release
    made: list[Tabulation] = field(default_factory=list)
    numbers: dict[tuple[int, tuple[int, ...]], int] = field(default_factory=dict)  # of shares
    published: list[dict[str, int]] = field(default_factory=list)  # people of what each release shows
    cells: dict[str, Total] = field(default_factory=dict)

    def publish(self, changes: Mapping[int, tuple[str, int] | None]) -> None:
        """People are at units with figures now, or nowhere; then whatever may be shown is released."""
        now = dict(self.states[-1]) if self.states else {}
        for person, place in changes.items():
            now.pop(person, None)
            if place is not None:
                now[person] = State(path(place[0], self.tree), (place[1],))
        self.states.append(now)
        self.made.append(judge(self.tabulation(now), self.made, FIGURE.measure, Rule()))
        shown = {
            key.unit for key, one in zip(self.made[-1].forest.keys, self.made[-1].shown, strict=True) if one
        }
        self.published.append({code: sum(code in one.path for one in now.values()) for code in sorted(shown)})
        number = len(self.made)
        self.cells |= {code: Total(people, number) for code, people in self.published[-1].items()}

    def tabulation(self, now: Mapping[int, State]) -> Tabulation:
        """Who counts now, each with a share of its own for each of their figures."""
        parents = {Key(code): None if above is None else Key(above) for code, above in self.tree.items()}
        found = forest(parents, {Key(one.path[-1]) for one in now.values()})
        places = {key.unit: place for place, key in enumerate(found.keys)}
        rows = [
            (
                self.numbers.setdefault((person, one.figures), len(self.numbers)),
                person,
                places[one.path[-1]],
                1,
            )
            for person, one in now.items()
        ]
        columns = np.array(rows, dtype=np.int64).reshape(-1, 4).T
        return Tabulation(found, Counted(*columns), np.ones(len(found.keys), dtype=np.bool_))

    @property
    def people(self) -> list[int]:
        """Who ever counted."""
        return sorted({person for now in self.states for person in now})

    def totals(self, codes: Iterable[str]) -> dict[str, Shares]:
        """Who is in a cell as it was published; the reader does not know, the test does."""
        found: dict[str, Shares] = {}
        for code in codes:
            shares = [(person, self.share(person, code)) for person in self.people]
            found[code] = frozenset((person, one) for person, one in shares if one is not None)
        return found

    def share(self, person: int, code: str) -> tuple[int, ...] | None:
        state = self.states[self.cells[code].number - 1].get(person)
        return state.figures if state is not None and code in state.path else None

    def shown(self, known: Sequence[int], *, listed: bool = True) -> set[str]:
        """What of the latest totals a reader is shown who remembers all."""
        everywhere = {Key(code) for code in self.tree}
        shares = list(self.shares(frozenset(known)))
        cells = [
            {Key(code): Cell(self.above(code, shown), {"it": people}) for code, people in shown.items()}
            for shown in self.published
        ]
        found = judged(Nearby(shares, cells, listed, everywhere, dict.fromkeys(everywhere, 0)), FIGURE)
        assert found.final
        withheld = {code for code, one in self.cells.items() if Key(code) in found.withheld[one.number - 1]}
        return self.cells.keys() - withheld

    def above(self, code: str, shown: Mapping[str, int]) -> Key | None:
        return next((Key(up) for up in reversed(path(code, self.tree)[:-1]) if up in shown), None)

    def shares(self, known: frozenset[int]) -> Iterable[Share]:
        """One for each of a person's figures, wherever it counted."""
        for person in self.people:
            states = [now.get(person) for now in self.states]
            for figures in {state.figures for state in states if state is not None}:
                ways = tuple(
                    tuple(map(Key, state.path)) if state is not None and state.figures == figures else ()
                    for state in states
                )
                yield Share(person, person in known, ways, [1])


def settled(people: Mapping[str, int], tree: Mapping[str, str | None] = TREE) -> Releases:
    """One release of so many people at each unit, numbered from 1 in the order of units."""
    releases, places = Releases(tree), [code for code, number in people.items() for _ in range(number)]
    releases.publish({number: (code, 300 + number) for number, code in enumerate(places, start=1)})
    return releases


def test_a_team_of_five_subtracted_from_a_cell_of_six_leaves_nobody() -> None:
    """The reader has the team of F1. Of the sixth neither F1 tells, nor D1 less F2, nor R less all others."""
    releases = settled({"F1": 6, "F2": 7, "G1": 9, "S": 8})
    assert releases.cells.keys() == set(TREE)
    assert solved(releases.totals(releases.cells), {1, 2, 3, 4, 5}) == frozenset([6])
    assert releases.shown([1, 2, 3, 4, 5]) == {"C", "R", "S", "D1", "D2", "G1"}


def test_four_of_one_office_and_the_region_less_the_districts() -> None:
    """Two of eight at the region's office are outside: a district is withheld, and a part of it."""
    releases = settled({"R": 8, "F1": 6, "F2": 6, "G1": 20, "S": 8})
    known = [1, 2, 3, 4, 5, 6]
    assert solved(releases.totals(releases.cells), known) == frozenset([7, 8])
    assert releases.shown(known) == {"C", "R", "S", "D2", "G1", "F2"}


def test_a_cell_of_five_tells_its_members_nothing() -> None:
    releases = settled({"F1": 5, "F2": 7})
    assert "F1" in releases.shown([])
    assert releases.shown([1]) == {"C", "R", "D1"}
    assert releases.shown([7]) == releases.cells.keys()


@pytest.mark.parametrize("known", [[], [99]])
def test_who_knows_nobody_is_shown_what_is_published(known: list[int]) -> None:
    releases = settled({"F1": 6, "F2": 7, "G1": 9, "S": 8})
    assert releases.shown(known) == releases.cells.keys()


def test_who_knows_everybody_may_see_everything() -> None:
    releases = settled({"F1": 6, "F2": 7})
    assert releases.shown(range(1, 14)) == releases.cells.keys()
    assert releases.shown(range(1, 14), listed=False) == releases.cells.keys()
    assert releases.shown(range(1, 12), listed=False) == {"F1"}


@st.composite
def trees(draw: st.DrawFn) -> dict[str, str | None]:
    """Up to nine units, each below some earlier one."""
    found: dict[str, str | None] = {"u0": None}
    for number in range(1, draw(st.integers(2, 8)) + 1):
        found[f"u{number}"] = draw(st.sampled_from(sorted(found)[:5]))
    return found


@settings(max_examples=120, deadline=None)
@given(data=st.data())
def test_no_insider_solves_for_one_to_four(data: st.DataObject) -> None:
    """One release of any tree, with any people known: a team, an office, a district."""
    tree = data.draw(trees())
    releases = settled({code: data.draw(st.sampled_from([0, 0, 1, 4, 5, 6, 9])) for code in tree}, tree)
    assume(releases.cells)
    everybody = sorted(releases.people)
    known = data.draw(st.lists(st.sampled_from(everybody), unique=True, max_size=len(everybody)))
    listed = data.draw(st.booleans())
    shown = releases.shown(known, listed=listed)
    event(
        f"withheld {min(3, len(releases.cells) - len(shown))} of {'>3' if len(releases.cells) > 3 else '<4'}"
    )
    assert solved(releases.totals(shown), known) is None
    if not known:
        assert shown == releases.cells.keys()


places = st.none() | st.tuples(st.sampled_from(["F1", "F1", "F2", "G1", "D1", "S"]), st.integers(1, 3))
batches = st.lists(
    st.dictionaries(st.integers(1, 24), places, min_size=1, max_size=12), min_size=1, max_size=5
)


@settings(max_examples=120, deadline=None)
@given(first=st.fixed_dictionaries({code: st.integers(0, 9) for code in ("F1", "F2", "G1", "S", "R")}),
       later=batches, data=st.data())  # fmt: skip
def test_cells_that_lag_behind_one_another_tell_an_insider_no_more_than_anybody(
    first: dict[str, int], later: list[dict[int, tuple[str, int] | None]], data: st.DataObject
) -> None:
    """People come, leave, go elsewhere and score anew; some cells were published before that, some after."""
    releases = settled(first)
    for changes in later:
        releases.publish(changes)
    assume(releases.cells)
    known = data.draw(st.lists(st.sampled_from(sorted(releases.people)), unique=True, min_size=1, max_size=8))
    if solved(releases.totals(releases.cells), ()) is not None:
        event("the releases themselves tell")
        return
    lagging = len({cell.number for cell in releases.cells.values()}) > 1
    event(f"lagging: {lagging}")
    assert solved(releases.totals(releases.shown(known)), known) is None
