"""Systems of equations in a finite field: remainders by a prime, which are exact and need no solver. Pure.

Most numbers are 1 or -1 all the way, and most columns follow from one or two others. So rows hold what is not 0,
and remainders are those nearest to 0, with which Python reckons fastest.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import chain

import numpy as np
from numpy.typing import NDArray

PRIME = 2**31 - 1  # remainders by it are a field
LITTLE = 2**15  # a number nearer to 0 is its own remainder
# Numbers whose powers are all of it, one for each column of the largest block.
ARBITRARY = (
    48_271, 16_807, 39_373, 69_621, 742_938_285, 950_706_376, 1_226_874_159, 62_089_911, 1_343_714_438,
    630_360_016, 397_204_094, 764_261_123, 1_078_318_381, 1_203_248_318, 2_100_005_341, 1_618_033_989,
)  # fmt: skip

Terms = dict[int, int]  # by column, how many times it counts


def solutions(rows: Sequence[Sequence[int]], able: Sequence[bool]) -> NDArray[np.int64]:
    """Changes of columns of which each row adds up to nothing; `rows` list theirs, `able` are those that change.

    A row each, with a remainder for each column: as many arbitrary ones as `ARBITRARY` has numbers, then for each
    free column the one that changes it by 1 and no other free one.
    """
    settled = _settled(rows, able)
    taken = {column for column, _ in settled}
    free = [column for column, mark in enumerate(able) if mark and column not in taken]
    follow = {column: terms for column, terms in _of_free(settled, free).items() if terms}
    found = np.zeros((len(ARBITRARY) + len(free), len(able)), dtype=np.int64)
    found[: len(ARBITRARY), free] = powers(len(able))[:, free]
    found[range(len(ARBITRARY), len(found)), free] = 1
    if follow:
        of = [place for terms in follow.values() for place in terms]
        times = np.array([by for terms in follow.values() for by in terms.values()], dtype=np.int64)
        starts = np.cumsum([0, *map(len, follow.values())])[:-1]
        found[:, list(follow)] = np.add.reduceat(found[:, of] * times % PRIME, starts, axis=1) % PRIME
    return found


def _of_free(settled: Sequence[tuple[int, Terms]], free: Sequence[int]) -> dict[int, Terms]:
    """How many times each settled column changes with each free one."""
    found: dict[int, Terms] = {column: {column: 1} for column in free}
    for column, terms in reversed(settled):
        of: Terms = {}
        for other, times in terms.items():
            for one, by in found[other].items():
                of[one] = of.get(one, 0) + times * by
        found[column] = {one: times for one, by in of.items() if (times := _remainder(by))}
    return {column: found[column] for column, _ in settled}


def _settled(rows: Sequence[Sequence[int]], able: Sequence[bool]) -> list[tuple[int, Terms]]:
    """Columns and what each follows from, by how many times: columns that are settled later, or not at all."""
    seen = Counter(chain.from_iterable(rows))
    rank = {column: rank for rank, column in enumerate(sorted(range(len(able)), key=seen.__getitem__))}
    found: list[tuple[int, Terms]] = []
    places: dict[int, int] = {}
    for columns in rows:
        row = _without_settled({column: 1 for column in columns if able[column]}, found, places)
        if row:
            column = min(row, key=rank.__getitem__)  # in few nodes, so that rows stay short
            inverse = _inverse(-row.pop(column))
            places[column] = len(found)
            found.append((column, {other: _remainder(times * inverse) for other, times in row.items()}))
    return found


def _without_settled(row: Terms, settled: Sequence[tuple[int, Terms]], places: Mapping[int, int]) -> Terms:
    """A row in which what is settled, in some place, is what it follows from."""
    waiting = [places[column] for column in row if column in places]
    if not waiting:
        return row
    heapify(waiting)
    while waiting:
        column, terms = settled[heappop(waiting)]
        times = _remainder(row.pop(column, 0))
        if times:
            for other, by in terms.items():
                if other not in row and other in places:
                    heappush(waiting, places[other])
                row[other] = row.get(other, 0) + times * by
    return {column: times for column, by in row.items() if (times := _remainder(by))}


def _inverse(number: int) -> int:
    return number if number in (1, -1) else _remainder(pow(number, -1, PRIME))


def _remainder(number: int) -> int:
    """A number of the same remainder by `PRIME`, as near to 0 as there is one; small ones are left alone."""
    if -LITTLE < number < LITTLE:
        return number
    number %= PRIME
    return number - PRIME if number > PRIME // 2 else number


@lru_cache(maxsize=256)
def powers(columns: int) -> NDArray[np.int64]:
    """A row for each number of `ARBITRARY`, with its first so many powers as remainders."""
    numbers = np.array(ARBITRARY, dtype=np.int64)
    found, last = np.empty((len(numbers), columns), dtype=np.int64), numbers
    for column in range(columns):
        found[:, column] = last
        last = last * numbers % PRIME
    return found
