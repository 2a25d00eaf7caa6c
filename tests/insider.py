"""A reader who knows some people and solves the published totals for the others, by linear algebra alone."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

Shares = frozenset[tuple[Hashable, object]]  # who is in a total, with which figures

MOST = 4  # people: five cannot be told apart


def solved(totals: Mapping[str, Shares], known: Collection[Hashable]) -> frozenset[Hashable] | None:
    """One to four people whom the reader does not know, and of whom some combination of totals tells.

    A combination is a sum of totals, each taken any number of times. It tells of the people whose shares
    do not cancel out. Returns the first such people that are found, None where there are none.
    """
    columns: defaultdict[Hashable, dict[object, tuple[str, ...]]] = defaultdict(dict)
    for code in sorted(totals):
        for person, share in totals[code]:
            if person not in known:
                columns[person][share] = (*columns[person].get(share, ()), code)
    crowds: defaultdict[frozenset[tuple[str, ...]], list[Hashable]] = defaultdict(list)
    for person, shares in columns.items():
        crowds[frozenset(shares.values())].append(person)
    small = [pattern for pattern, people in crowds.items() if len(people) <= MOST]
    everybody = rank(totals, crowds)
    for count in range(1, MOST + 1):
        for chosen in combinations(small, count):
            people = [person for pattern in chosen for person in crowds[pattern]]
            if len(people) <= MOST and rank(totals, set(crowds) - set(chosen)) < everybody:
                return frozenset(people)
    return None


def rank(totals: Mapping[str, Shares], crowds: Iterable[frozenset[tuple[str, ...]]]) -> int:
    """How many independent combinations are seen in these crowds."""
    place = {code: number for number, code in enumerate(sorted(totals))}
    vectors = []
    for pattern in crowds:
        for codes in pattern:
            vector = [Fraction(0)] * len(place)
            for code in codes:
                vector[place[code]] = Fraction(1)
            vectors.append(vector)
    return _rank(vectors)


def _rank(vectors: Sequence[list[Fraction]]) -> int:
    basis: list[tuple[int, list[Fraction]]] = []
    for found in vectors:
        vector = list(found)
        for lead, other in basis:
            if vector[lead]:
                times = vector[lead] / other[lead]
                vector = [one - times * two for one, two in zip(vector, other, strict=True)]
        if any(vector):
            basis.append((next(number for number, value in enumerate(vector) if value), vector))
    return len(basis)
