"""The rule of editions on many random histories, looked at by a reader who remembers every one."""

import random
from collections import Counter
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest

from shared import editions
from shared.editions import NOW, History, State
from tests.remembering import Reader, Shares, behind

PATHS = {
    "C": ["C"], "A": ["C", "A"], "B": ["C", "B"], "A1": ["C", "A", "A1"], "A2": ["C", "A", "A2"],
    "A3": ["C", "A", "A3"], "B1": ["C", "B", "B1"],
}  # fmt: skip


class Book:
    """What a service keeps from edition to edition, and what a reader saw."""

    def __init__(self) -> None:
        self.states: dict[UUID, State] = {}
        self.before: dict[UUID, list[tuple[int, State | None]]] = {}
        self.edition = 0
        self.moved = dict.fromkeys(PATHS, 0)
        self.reader = Reader({code: path[-2] if path[1:] else None for code, path in PATHS.items()})

    def change(self, person: UUID, state: State | None) -> None:
        """As `totals.take` logs it: of several changes before one edition the first."""
        entries = self.before.setdefault(person, [])
        if not entries or entries[-1][0] != self.edition + 1:
            entries.append((self.edition + 1, self.states.get(person)))
        if state is None:
            self.states.pop(person, None)
        else:
            self.states[person] = state

    def publish(self) -> None:
        """One edition, and a look at it."""
        histories = [
            History(person, tuple(entries), self.states.get(person))
            for person, entries in self.before.items()
        ]
        own = Counter(state.path[-1] for state in self.states.values())
        totals = editions.tree(PATHS, {code: own[code] for code in PATHS}, self.moved, histories)
        moving = editions.moving(totals)
        if not moving:
            return
        self.edition += 1
        went = {one.unit_code for one in moving}
        fresh = {one.unit_code for one in moving if one.changes(one.moved)}
        for code in fresh:
            self.moved[code] = self.edition
        for one in histories:
            told = min(
                self.edition if code in went else self.moved[code] or NOW for code in one.units or {"C"}
            )
            self.before[one.person] = [entry for entry in one.before if entry[0] > told]
        self.before = {person: entries for person, entries in self.before.items() if entries}
        self.reader.look({code: self.inside(code) for code in fresh})

    def inside(self, code: str) -> Shares:
        """Whose share a unit has, and which."""
        return frozenset(
            (person, state.figures) for person, state in self.states.items() if code in state.path
        )


def somebody(chance: random.Random, stays: float) -> State | None:
    """Usually somewhere, with or without figures of one's own."""
    if chance.random() > stays:
        return None
    return State(
        tuple(PATHS[chance.choice(["A1", "A1", "A2", "A3", "B1", "A", "B"])]), (chance.randrange(3),)
    )


@pytest.mark.parametrize("seed", range(400))
def test_no_difference_stands_for_one_to_four_people(seed: int) -> None:
    chance = random.Random(seed)
    book = Book()
    crowd = [uuid5(NAMESPACE_OID, str(number)) for number in range(chance.choice([20, 40, 60]))]
    stays = chance.choice([0.7, 0.95, 1])
    for _ in range(30):
        for person in chance.sample(crowd, chance.choice([1, 1, 2, 4, 6])):
            book.change(person, somebody(chance, stays))
        book.publish()
    assert behind(Counter(book.reader.seen["C"][-1] ^ book.inside("C"))) < 12
