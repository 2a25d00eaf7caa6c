"""Exposed atoms that are judged together: whether every union of few people in a block can be moved. Pure.

So can every sum with weights of theirs (`weights.py`).
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.moves import Moves
from shared.disclosure.weights import determined, determined_in_whole_numbers

MOVES = 400  # found for one block

Marks = NDArray[np.bool_]
Sums = NDArray[np.float64]


def tied(moves: Moves, people: Sequence[int], group: int, loose: int) -> frozenset[int]:
    """The first columns, one for each of `people`, that are in a union which no move takes as far as `loose`.

    Or in one of at most `group` people of which a sum with weights is determined. The others are of at most so
    many people, too; in whole numbers, of a subset, of any number. All are looked at through the moves that were
    found already; a programme is solved for those that none of these takes far enough.
    """
    whole, few = moves.programme.whole, _unions(len(people), tuple(people), group)
    unions = _unions(len(people), None, len(people)) if whole else few
    weighted = determined(moves, few)
    found = np.asarray(unions[moves.fixed(unions)].any(axis=0) | weighted.any(axis=0))
    if not found.all():
        found |= _narrow(moves, unions, loose, found)
    if whole and not found.all():
        found |= determined_in_whole_numbers(moves, few, weighted, MOVES).any(axis=0)
    return frozenset(np.flatnonzero(found).tolist())


def _narrow(moves: Moves, unions: Marks, loose: int, tied: Marks) -> Marks:
    """The columns of unions that no move takes far enough; those of `tied` columns alone are not asked for."""
    columns, found = unions.shape[1], tied.copy()
    for costs in _directions(columns):
        moves.towards(np.append(costs, np.zeros(moves.columns - columns)))
    low, high = _reach(moves.points, unions)
    known = _inside(unions, found)  # nothing more is learned from these
    while len(narrow := np.flatnonzero((high - low < loose) & ~known)):
        if len(moves.points) > MOVES:
            return np.ones(columns, dtype=np.bool_)
        union, before = unions[narrow[0]], len(moves.points)
        down, up = moves.range(np.flatnonzero(union).tolist())
        lower, higher = _reach([moves.points[0], *moves.points[before:]], unions)
        low, high = np.minimum(low, lower), np.maximum(high, higher)
        known[narrow[0]] = True
        if up - down < loose:
            found |= union
            known |= _inside(unions, found)
    return found


def _inside(unions: Marks, columns: Marks) -> Marks:
    """Which unions have no other columns."""
    return np.asarray(~(unions & ~columns).any(axis=1))


def _directions(columns: int) -> Iterator[Sums]:
    """All up or down together, then halves, quarters and so on against each other: most unions move in some."""
    places = np.arange(columns)
    yield np.ones(columns)
    for bit in range(max(0, columns - 1).bit_length()):
        yield np.where(places >> bit & 1, 1.0, -1.0)


def _reach(points: Sequence[Sequence[float]], unions: NDArray[np.bool_]) -> tuple[Sums, Sums]:
    """Of each union the lowest and the highest sum among these moves."""
    sums = np.array([point[: unions.shape[1]] for point in points]) @ unions.T
    return sums.min(axis=0), sums.max(axis=0)


@lru_cache(maxsize=256)
def _unions(columns: int, people: tuple[int, ...] | None, most: int) -> NDArray[np.bool_]:
    """A row for each union, small ones first, with a mark for each column in it; of at most so many `people`."""
    found = [
        union
        for count in range(1, min(most, columns) + 1)
        for union in combinations(range(columns), count)
        if people is None or sum(people[column] for column in union) <= most
    ]
    rows = np.zeros((len(found), columns), dtype=np.bool_)
    for row, union in zip(rows, found, strict=True):
        row[list(union)] = True
    return rows
