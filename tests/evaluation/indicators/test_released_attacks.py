"""An attacker with every release, who knows who counted where and how much was due, tries every possibility."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import numpy as np

from services.evaluation.indicators.released_cubes import CUBES, amounts
from shared.disclosure.measures import Key, Rule
from shared.releases.making import Made, Past, make
from shared.releases.population import Population, cells, tree
from tests.shared.releases.test_making import remember

PATHS = [("C", "R", "F"), ("C", "R", "G"), ("C", "S", "H")]
UNITS = ("F", "G", "H")
FOREST = cells(tree(PATHS), [""], {Key(unit) for unit in UNITS})
INSIDE = {unit: set(path) for path in PATHS for unit in path[-1:]}
RULE = Rule(2)  # so small that every possibility of a small country can be tried
DAY = date(2026, 11, 1)

Share = tuple[int, int]  # person, and which of the person's shares


@dataclass
class Attacker:
    """Shares with what was done of what was due, and every published sum of what was done."""

    shares: dict[Share, tuple[int, int]] = field(default_factory=dict)
    sums: list[tuple[frozenset[Share], int]] = field(default_factory=list)

    def look(self, made: Made | None, figure: str, where: dict[Share, str]) -> None:
        """Add what a release shows."""
        for cell in made.release.cells if made else ():
            if cell.measure == figure and cell.total is not None:
                self.sums.append(
                    (frozenset(s for s, unit in where.items() if cell.unit in INSIDE[unit]), cell.total)
                )

    def certain(self) -> list[Share]:
        """The shares that have one value only, of all that agree with every sum."""
        known = sorted(frozenset().union(*(members for members, _ in self.sums)))
        every = np.zeros((1, 0), dtype=np.int8)
        for place, share in enumerate(known):
            values = np.arange(self.shares[share][1] + 1, dtype=np.int8)
            every = np.hstack([np.repeat(every, len(values), 0), np.tile(values, len(every))[:, None]])
            for members, total in self.sums:  # as soon as all of a sum are there
                if max(known.index(one) for one in members) == place:
                    every = every[
                        every[:, [known.index(one) for one in sorted(members)]].sum(axis=1) == total
                    ]
        return [share for place, share in enumerate(known) if np.ptp(every[:, place]) == 0]


def population(
    cube: str, people: dict[int, tuple[str, int]], shares: dict[Share, tuple[int, int]]
) -> Population:
    """Each person at a unit with the number of a share."""
    found = Population()
    for person, (unit, number) in sorted(people.items()):
        done, due = shares[person, number]
        row = amounts(cube, [(1000 * done, 1000 * due)])
        found.add([(UUID(int=person + 1), str(number), Key(unit), row)])
    return found


def change(
    chance: random.Random, people: dict[int, tuple[str, int]], attacker: Attacker, due: Sequence[int]
) -> None:
    """Some come, leave, move, or have another share."""
    for person in chance.sample(range(11), chance.choice((0, 1, 2, 3, 5))):
        unit, number = people.pop(person, (chance.choice(UNITS), -1))
        what = chance.choice(("leave", "move", "again", "again"))
        if what == "move" and number >= 0:
            people[person] = (chance.choice(UNITS), number)
        elif what == "again" and len(attacker.shares) < 13:
            new = chance.choice(due)
            again = sum(one == person for one, _ in attacker.shares)
            attacker.shares[person, again] = (chance.randint(0, new), new)
            people[person] = (unit, again)


def activities(seed: int) -> Attacker:
    chance, attacker, past = random.Random(seed), Attacker(), Past()
    people = {person: (chance.choice("FFFGH"), 0) for person in range(10)}
    attacker.shares = {
        (person, 0): (chance.randint(0, due), due) for person in people for due in [chance.choice((1, 2))]
    }
    for _ in range(3):
        made = make(
            CUBES["OP-05"], "2026Q3", DAY, population("OP-05", people, attacker.shares), FOREST, past, RULE
        )
        attacker.look(
            made, "OP-05 numerator", {(person, number): unit for person, (unit, number) in people.items()}
        )
        if made:
            remember(past, made)
        assert attacker.certain() == [], seed
        change(chance, people, attacker, (1, 2))
    return attacker


def two_quarters(seed: int) -> Attacker:
    """The same people count in both, and one of the quarters is released at a time."""
    chance, attacker, pasts = random.Random(seed), Attacker(), (Past(), Past())
    people = {person: (chance.choice("FFFGH"), 0) for person in range(10)}
    attacker.shares = {(person, 0): (chance.randint(0, 1), 1) for person in people}
    for step in range(4):
        quarter = chance.choice((0, 1)) if step else 0
        past, other = pasts[quarter], pasts[1 - quarter]
        past.overlapping = [other]
        people_now = population("OP-01", people, attacker.shares)
        made = make(CUBES["OP-01"], f"2026Q{3 + quarter}", DAY, people_now, FOREST, past, RULE)
        attacker.look(
            made, "OP-01 numerator", {(person, number): unit for person, (unit, number) in people.items()}
        )
        if made:
            remember(past, made)
            other.people, other.sources, other.amounts = past.people, past.sources, past.amounts
        assert attacker.certain() == [], seed
        change(chance, people, attacker, (1,))
    return attacker


def test_of_nobody_is_it_certain_how_much_was_done() -> None:
    assert sum(len(activities(seed).sums) for seed in range(40)) > 60


def test_of_nobody_is_it_certain_from_two_quarters_whether_they_are_covered() -> None:
    """Each quarter judged by itself gives somebody away in 16 of these histories."""
    assert sum(len(two_quarters(seed).sums) for seed in range(40)) > 60
