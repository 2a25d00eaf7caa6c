"""A small country whose people come, leave, move and are assessed again, released as the services would."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from shared.disclosure.aggregates import Shares, Tabulation, forest
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Key, Measure, Rule

SCORE = Measure("score")
SUBSET = Measure("women", 0, 1)
PEOPLE = Measure("people", 1, 1)


@dataclass(frozen=True)
class Person:
    """Where somebody counts, at which level, with which share and value."""

    unit: str
    share: int
    value: int
    level: str = "B"
    periods: frozenset[str] = frozenset({"Q1"})


@dataclass
class World:
    """People by number, and every tabulation that was released, each with its sums as published."""

    measure: Measure = SCORE
    rule: Rule = field(default_factory=Rule)
    people: dict[int, Person] = field(default_factory=dict)
    tabulations: list[Tabulation] = field(default_factory=list)
    values: dict[int, int] = field(default_factory=dict)
    owners: dict[int, int] = field(default_factory=dict)  # whose each share is

    def put(self, person: int, unit: str | None, value: int | None = None, **more) -> None:
        """Somebody counts at a unit, with a new share where a value is given; None: nowhere."""
        if unit is None:
            self.people.pop(person, None)
            return
        known = self.people.get(person)
        share, had = (known.share, known.value) if known else (len(self.values), 300)
        if value is not None and known:
            share = len(self.values)
        state = Person(unit, share, had if value is None else value, **more)
        if known and not more:
            state = replace(state, level=known.level, periods=known.periods)
        self.values[share] = state.value
        self.owners[share] = person
        self.people[person] = state

    def release(
        self,
        parents: Mapping[str, str | None],
        *,
        level: str | None = None,
        period: str = "Q1",
        staffed: Collection[str] | None = None,
        judged=judge,
    ) -> set[str]:
        """Release one breakdown; returns the units shown. People at units that are gone do not count."""
        key = level or ""
        tree = forest(
            {Key(unit, key): Key(above, key) if above else None for unit, above in parents.items()},
            {Key(unit, key) for unit in (parents if staffed is None else staffed)},
        )
        places = {one.unit: place for place, one in enumerate(tree.keys)}
        counted = [
            (one.share, person, places[one.unit], one.value)
            for person, one in self.people.items()
            if one.unit in places and level in (None, one.level) and period in one.periods
        ]
        columns = np.array(counted, dtype=np.int64).reshape(-1, 4).T
        new = Tabulation(tree, Shares(*columns), np.ones(len(tree.keys), dtype=bool))
        found = judged(new, self.tabulations, self.measure, self.rule)
        self.tabulations.append(found)
        return {one.unit for one, shown in zip(tree.keys, found.shown, strict=True) if shown}

    def cells(self) -> list[frozenset[int]]:
        """The shares behind every published sum, worked out cell by cell."""
        found = []
        for tabulation in self.tabulations:
            keys, parents = tabulation.forest.keys, tabulation.forest.parents.tolist()
            for place in range(len(keys)):
                if tabulation.shown[place]:
                    inside = {place}
                    for other in range(len(keys)):
                        if parents[other] in inside:
                            inside.add(other)
                    rows = zip(
                        tabulation.shares.share.tolist(), tabulation.shares.place.tolist(), strict=True
                    )
                    found.append(frozenset(share for share, where in rows if where in inside))
        return found

    def whose(self) -> list[int]:
        """Whose each of the shares is that `problem` has."""
        return [self.owners[share] for share in sorted(frozenset().union(*self.cells()))]

    def problem(self) -> tuple[list[int], list[frozenset[int]]]:
        """Values of the shares that some published cell counts, and those cells, numbered from 0."""
        cells = self.cells()
        shares = sorted(frozenset().union(*cells))
        number = {share: place for place, share in enumerate(shares)}
        return [self.values[share] for share in shares], [
            frozenset(number[share] for share in cell) for cell in cells
        ]


def put_all(world: World, people: Iterable[int], unit: str | None, value: int | None = None, **more) -> None:
    """The same for several people."""
    for person in people:
        world.put(person, unit, value, **more)
