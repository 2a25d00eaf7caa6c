"""Exposed atoms that are judged together: whether every union of few people in a block can be moved. Pure.

So can every sum with weights of theirs (`weights.py`).
"""

from collections.abc import Iterator, Sequence, Set
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.moves import Moves
from shared.disclosure.weights import determined, determined_in_whole_numbers

MOVES = 400  # sought for one block

Marks = NDArray[np.bool_]
Sums = NDArray[np.float64]
People = tuple[tuple[int, ...] | None, ...]  # of each column, by numbers


def several(who: Sequence[Set[int]], most: int) -> People:
    """The people of each column, numbered in the order of the columns; None where there are more than `most`."""
    numbers: dict[int, int] = {}
    return tuple(
        None if len(people) > most else tuple(numbers.setdefault(one, len(numbers)) for one in sorted(people))
        for people in who
    )


def tied(moves: Moves, who: People, group: int, loose: int) -> frozenset[int]:
    """The first columns, one for each of `who`, that are in a union which no move takes as far as `loose`.

    Or in one of at most `group` people of which a sum with weights is determined. The others are of at most so
    many people, too, however many columns these are in; in whole numbers, of a subset, of any number. All are
    looked at through the moves that were found already; a programme is solved for those that none of these takes
    far enough.
    """
    whole, few = moves.programme.whole, _of_few(who, group)
    moves.simple(len(who))
    most = len(moves.points) + MOVES
    unions = _all(len(who)) if whole else few
    weighted = determined(moves, few)
    found = np.asarray(unions[moves.fixed(unions)].any(axis=0) | weighted.any(axis=0))
    if not found.all():
        found |= _narrow(moves, unions, (loose, most), found)
    if whole and not found.all():
        found |= determined_in_whole_numbers(moves, few, weighted, most).any(axis=0)
    return frozenset(np.flatnonzero(found).tolist())


def _narrow(moves: Moves, unions: Marks, bounds: tuple[int, int], tied: Marks) -> Marks:
    """The columns of unions that no move takes far enough; those of `tied` columns alone are not asked for.

    `bounds` are how far is far enough, and how many moves may be found.
    """
    (loose, most), columns, found = bounds, unions.shape[1], tied.copy()
    low, high = _reach(moves.points, unions)
    known = _inside(unions, found)  # nothing more is learned from these
    for costs in _directions(columns):
        if not ((high - low < loose) & ~known).any():
            break
        before = len(moves.points)
        moves.towards(np.append(costs, np.zeros(moves.columns - columns)))
        lower, higher = _reach([moves.points[0], *moves.points[before:]], unions)
        low, high = np.minimum(low, lower), np.maximum(high, higher)
    while len(narrow := np.flatnonzero((high - low < loose) & ~known)):
        if len(moves.points) > most:
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
def _of_few(who: People, most: int) -> Marks:
    """The unions of at most so many people. Bits stand for people, of whom a block has no more than 64."""
    unions = _all(len(who))
    people = np.zeros(len(unions), dtype=np.uint64)
    for column, found in enumerate(who):
        if found is not None:
            people[unions[:, column]] |= np.uint64(sum(1 << one for one in found))
    able = np.array([found is not None for found in who], dtype=np.bool_)
    rows: Marks = unions[(np.bitwise_count(people) <= most) & _inside(unions, able)]
    return rows


@lru_cache(maxsize=32)
def _all(columns: int) -> Marks:
    """A row for each union of columns, small ones first, with a mark for each column in it."""
    bits = np.arange(2**columns - 1, 0, -1)[:, None] >> np.arange(columns)[::-1]
    unions = (bits & 1).astype(np.bool_)
    return unions[np.argsort(unions.sum(axis=1), kind="stable")]
