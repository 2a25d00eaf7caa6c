"""A reader who remembers every published total of a tree, and subtracts what can be subtracted."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from shared.suppression import SMALLEST_CELL, small

Shares = frozenset[tuple[Hashable, Any]]  # who, with which figures
Choices = Sequence[Sequence[tuple[Shares, int]]]  # of a value, each with the values added


class Reader:
    """What was seen of each unit, and whose shares it was: the reader does not know, the test does."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self.parents = parents
        self.seen: dict[str, list[Shares]] = {code: [] for code in parents}
        self.near: dict[
            str, set[str]
        ] = {}  # what stood at most two levels below a unit when it was seen last

    def look(self, fresh: Mapping[str, Shares]) -> None:
        """Take in what an edition shows anew; fails where a difference stands for one to four people."""
        for code, shares in fresh.items():
            self.seen[code].append(shares)
        for code, seen in self.seen.items():
            if not seen:
                continue
            assert not small(len(seen[-1])), code
            if len(seen) > 1:
                assert not small(behind(self.move(code))), code
            parts = [part for part, above in self.parents.items() if above == code and self.seen[part]]
            for some in _subsets(parts):
                rest = Counter(seen[-1])
                for part in some:
                    rest.subtract(Counter(self.seen[part][-1]))
                assert not small(behind(rest)), (code, some)
            if code in fresh:
                for some in _subsets([part for part in parts if part in fresh]):
                    left = self.move(code)
                    for part in some:
                        left.subtract(self.move(part))
                    assert not small(behind(left)), (code, some)
        for code in fresh:
            self.subtract(code, set(fresh))
            self.near[code] = set(self.below(code))

    def subtract(self, code: str, fresh: set[str]) -> None:
        """Of a total, and of its movement, everything near it as it is, as it was before, or not at all."""
        near = [other for other in self.below(code) if self.seen[other]]
        former = [other for other in sorted(self.near.get(code, set()) - set(near)) if self.seen[other]]
        total, *before = self.seen[code][:-3:-1]
        values: list[Choices] = [
            self.choices(other, other in fresh, self.parents[other] != code) for other in near
        ]
        assert not small(least(total, (), values)), (code, "less values")
        if before:
            moves: list[Choices] = [self.moves(other, other in fresh) for other in (*near, *former)]
            assert not small(least(total, before[0], moves)), (code, "movement")

    def choices(self, code: str, fresh: bool, deep: bool) -> Choices:
        """As it is and, where it moved just now, as it was; what is deeper may be left to what it is in."""
        values = self.seen[code][-2:] if fresh else self.seen[code][-1:]
        return [(), *([(value, -1)] for value in values), *([(value, 1)] for value in values if deep)]

    def moves(self, code: str, fresh: bool) -> Choices:
        """Its movement, or the whole of it: it went from the total, or came to it."""
        *before, now = self.seen[code][-2:] if fresh else self.seen[code][-1:]
        if not fresh:
            return [(), [(now, 1)], [(now, -1)]]
        return [(), [(now, -1)], *([*way] for old in before for way in ([(old, 1)], [(old, 1), (now, -1)]))]

    def below(self, code: str) -> list[str]:
        """Parts, each before its own parts."""
        parts = [part for part, above in self.parents.items() if above == code]
        return [
            one
            for part in parts
            for one in (part, *(deep for deep, up in self.parents.items() if up == part))
        ]

    def move(self, code: str) -> Counter[tuple[Hashable, Any]]:
        """By how much a unit's total moved last."""
        found = Counter(self.seen[code][-1])
        found.subtract(self.seen[code][-2] if len(self.seen[code]) > 1 else ())
        return found


def behind(rest: Counter[tuple[Hashable, Any]]) -> int:
    """How many people stand behind a difference."""
    return len({person for (person, _), times in rest.items() if times})


def least(total: Iterable[Any], before: Iterable[Any], values: Sequence[Choices]) -> int:
    """The fewest people who stand behind a difference of these, nobody left aside; nothing is forgotten."""
    rest = Counter(total)
    rest.subtract(Counter(before))
    last: dict[Hashable, int] = dict.fromkeys((person for person, _ in rest), -1)
    for place, choices in enumerate(values):
        last |= {person: place for terms in choices for shares, _ in terms for person, _ in shares}
    settled: list[list[Hashable]] = [[] for _ in range(len(values) + 1)]
    for person, place in last.items():
        settled[place].append(person)
    people: dict[Hashable, Counter[Any]] = {}
    for (person, figures), times in rest.items():
        people.setdefault(person, Counter())[figures] += times

    def left(place: int) -> int:
        return sum(any(people.get(person, Counter()).values()) for person in settled[place])

    def least_from(place: int, known: int) -> int:
        if known >= SMALLEST_CELL or place == len(values):
            return known or SMALLEST_CELL
        found = SMALLEST_CELL
        for terms in values[place]:
            for sign in (1, -1):  # taken back afterwards
                for shares, times in terms:
                    for person, figures in shares:
                        people.setdefault(person, Counter())[figures] += times * sign
                if sign > 0:
                    found = min(found, least_from(place + 1, known + left(place)))
        return found

    return least_from(0, left(-1))


def _subsets(parts: list[str]) -> Iterable[tuple[str, ...]]:
    return (some for size in range(1, len(parts) + 1) for some in combinations(parts, size))
