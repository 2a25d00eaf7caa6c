"""Making a release: numbers for shares, a tabulation for each figure, judged against all before it. Pure.

The attacker of `shared.disclosure` has every release of the period. So whatever was released is put together
again: the cells that a document shows, over the shares that counted when it was made.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from uuid import UUID

import numpy as np

from shared.disclosure.aggregates import Forest, Integers, Marks, Shares, Tabulation
from shared.disclosure.document import Release
from shared.disclosure.judgement import judge_all
from shared.disclosure.measures import Key, Measure, Rule
from shared.disclosure.release import release
from shared.releases.cubes import Cube, counts_people
from shared.releases.population import ABSENT, Population

Keys = Collection[Key]
Tabulations = Mapping[Measure, Tabulation]
Place = tuple[str, tuple[str, ...]]  # level, and the units from the root to the share's own
Member = tuple[int, Place, int, int | None]  # share, where, first and last release
ShareRow = tuple[int, UUID, str, Integers]  # number, person, source, amounts


@dataclass(slots=True)
class Past:
    """All releases of a period, and who counted in them. Shares are numbered from 1, in the order of the lists."""

    releases: list[Release] = field(default_factory=list)
    forests: list[Forest] = field(default_factory=list)
    people: list[UUID] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    amounts: list[Integers] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    overlapping: list["Past"] = field(
        default_factory=list
    )  # other periods of the same shares, which are here

    @property
    def latest(self) -> Release | None:
        """The release that the next one follows."""
        return self.releases[-1] if self.releases else None


@dataclass(frozen=True, slots=True)
class Made:
    """A release, and what is stored beside it: shares that are new, and where shares came and left."""

    release: Release
    forest: Forest
    shares: list[ShareRow]
    joined: list[tuple[int, Place]]
    left: list[int]
    overlapping: bool = False  # shares are numbered over all periods


def make(
    cube: Cube, period: str, as_of: date, population: Population, forest: Forest, past: Past, rule: Rule
) -> Made | None:
    """The next release of a period; None where it would publish what the latest one does."""

    def judged(new: Tabulations, earlier: Mapping[Measure, list[Tabulation]]) -> Tabulations:
        return judge_all(new, earlier, rule, cube.wholes())

    return _made(cube, (period, as_of), population, forest, past, judged)


def first(
    cube: Cube,
    period: str,
    as_of: date,
    population: Population,
    forest: Forest,
    shown: Mapping[str, Keys],
    past: Past,
    rule: Rule | None = None,
) -> Made:
    """What was published before there were releases, as the first one: by figure the cells that everybody has.

    A cell may only be named where its people are known: it shows them as they count in `population`. Without a
    `rule` it is not judged, since nobody forgets it; with one only the cells are shown that a release may show.
    `past` has nothing of this period, and what there is of others that overlap it.
    """

    def published(new: Tabulations, earlier: Mapping[Measure, list[Tabulation]]) -> Tabulations:
        named = {measure: replace(one, shown=marks(measure)) for measure, one in new.items()}
        return named if rule is None else judge_all(named, earlier, rule, cube.wholes())

    def marks(measure: Measure) -> Marks:
        cells = shown.get(cube.shown_as(measure), frozenset())
        return np.array([key in cells for key in forest.keys], dtype=np.bool_)

    made = _made(cube, (period, as_of), population, forest, past, published)
    assert made is not None  # there is no release with the same figures
    return made


def _made(
    cube: Cube,
    when: tuple[str, date],
    population: Population,
    forest: Forest,
    past: Past,
    judged: Callable[[Tabulations, Mapping[Measure, list[Tabulation]]], Tabulations],
) -> Made | None:
    before = {share: place for share, place, _, last in past.members if last is None}
    fresh, now = _numbered(population, past)
    paths = _paths(forest)
    there = {share: (key.level, paths[key]) for share, key in now.items()}
    joined = [(share, place) for share, place in there.items() if before.get(share) != place]
    left = [share for share, place in before.items() if there.get(share) != place]
    latest = past.latest
    if latest and not joined and not left and forest_digest(past.forests[-1]) == forest_digest(forest):
        return None  # nobody changed: it would be judged as before
    table = _Table(past, fresh)
    places = {key: place for place, key in enumerate(forest.keys)}
    rows = np.array([(share, places[key]) for share, key in now.items()], dtype=np.int64).reshape(-1, 2)
    everywhere = np.ones(len(forest.keys), dtype=np.bool_)
    columns = list(enumerate(cube.measures))
    new = {one: Tabulation(forest, table.shares(rows, column, one), everywhere) for column, one in columns}
    asked = [(column, one) for column, one in columns if one.name not in cube.judged_by]
    earlier = {one: table.earlier(column, one, cube.shown_as(one)) for column, one in asked}
    found = judged({one: new[one] for _, one in asked}, earlier)
    figures = {one: replace(new[one], shown=found[cube.judged_for(one)].shown) for one in cube.published}
    made = release(cube.name, *when, figures, latest)
    if latest and made.same_figures(latest):
        return None
    return Made(made, forest, fresh, joined, left, cube.overlapping)


def forest_digest(forest: Forest) -> str:
    """SHA-256 over the cells, how they lie in each other, and where somebody could count."""
    columns = [list(map(list, forest.keys)), forest.parents.tolist(), forest.staffed.tolist()]
    return hashlib.sha256(json.dumps(columns, separators=(",", ":")).encode()).hexdigest()


def shown_cells(release: Release, forest: Forest, measure: str) -> Marks:
    """The cells of a forest that a document shows of one figure."""
    shown = {
        (cell.unit, cell.level)
        for cell in release.cells
        if cell.measure == measure and cell.people is not None
    }
    return np.array([key in shown for key in forest.keys], dtype=np.bool_)


def _paths(forest: Forest) -> dict[Key, tuple[str, ...]]:
    found: dict[Key, tuple[str, ...]] = {}
    for key, above in zip(forest.keys, forest.parents.tolist(), strict=True):
        found[key] = (*(found[forest.keys[above]] if above >= 0 else ()), key.unit)
    return found


def _numbered(population: Population, past: Past) -> tuple[list[ShareRow], dict[int, Key]]:
    """Shares that were in no release yet, and the cell of each share that counts now."""
    known = {
        (person, source, amounts.tobytes()): number
        for number, (person, source, amounts) in enumerate(
            zip(past.people, past.sources, past.amounts, strict=True), 1
        )
    }
    fresh: list[ShareRow] = []
    now: dict[int, Key] = {}
    rows = zip(population.people, population.sources, population.keys, population.amounts, strict=True)
    for person, source, key, amounts in rows:
        identity = (person, source, amounts.tobytes())
        number = known.get(identity)
        if number is None:
            number = known[identity] = len(known) + 1
            fresh.append((number, person, source, amounts))
        now[number] = key
    return fresh, now


class _Table:
    """All shares by number, in columns: whose each is, and what it adds to each figure."""

    def __init__(self, past: Past, fresh: list[ShareRow]) -> None:
        people = [*past.people, *(person for _, person, _, _ in fresh)]
        numbers: Mapping[UUID, int] = {person: place for place, person in enumerate(dict.fromkeys(people))}
        self.person = np.array([-1, *(numbers[person] for person in people)], dtype=np.int64)
        amounts = [*past.amounts, *(amounts for _, _, _, amounts in fresh)]
        self.amounts = np.vstack([np.zeros_like(amounts[0]), *amounts]) if amounts else None
        self.history = [each for period in (past, *past.overlapping) for each in _history(period)]

    def shares(self, rows: Integers, column: int, measure: Measure) -> Shares:
        """What counts in one figure, of rows of share and place.

        To a number of people everybody adds one, whatever it follows from: a person's share is the same for good.
        """
        share, place = rows[:, 0], rows[:, 1]
        if self.amounts is None:
            return Shares(share, share, place, share)  # nobody
        value = self.amounts[share, column]
        counted = value != ABSENT
        share = share[counted]
        person = self.person[share]
        return Shares(person if counts_people(measure) else share, person, place[counted], value[counted])

    def earlier(self, column: int, measure: Measure, shown_as: str) -> list[Tabulation]:
        """One figure in every release before."""
        return [
            Tabulation(forest, self.shares(rows, column, measure), shown_cells(release, forest, shown_as))
            for release, forest, rows in self.history
        ]


def _history(past: Past) -> Iterator[tuple[Release, Forest, Integers]]:
    """The releases of a period, with who counted in each."""
    for number, (made, forest) in enumerate(zip(past.releases, past.forests, strict=True), 1):
        yield made, forest, _counted(past, number, forest)


def _counted(past: Past, number: int, forest: Forest) -> Integers:
    """The shares of one release with their places in its forest."""
    places = {key: place for place, key in enumerate(forest.keys)}
    found = [
        (share, places[Key(path[-1], level)])
        for share, (level, path), first, last in past.members
        if first <= number and (last is None or number <= last)
    ]
    return np.array(found, dtype=np.int64).reshape(-1, 2)
