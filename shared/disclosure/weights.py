"""Sums with weights: whether those of few people, less those of others, follow from what is published. Pure.

Whoever adds up published sums, each times a number, may be left with some of a person and less of another. Of some
people every such sum stays open where the moves change them independently of each other: where the moves' columns
for them have full rank. It is enough to look at the smallest sets of columns without it: whoever has a weight in
any sum that follows is in one of these.
"""

from fractions import Fraction
from math import gcd, lcm

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.moves import Moves
from shared.disclosure.remainders import PRIME, powers

Marks = NDArray[np.bool_]
Integers = NDArray[np.int64]

PIECE = 1_000  # unions that are compared with smaller ones at once: a block may have sixty thousand


def determined(moves: Moves, unions: Marks) -> Marks:
    """Those of `unions` of which a sum, with a weight for each column, is the same after all moves.

    `unions` have a row each, small ones first, with a mark for each of the first columns, and all that is inside
    one of them. In fractions, moves are all changes that leave every node as it is and change nobody who cannot
    move, which a finite field tells without a solver. In whole numbers there are fewer moves, and this is not all.
    The field errs where its prime, beyond two thousand million, divides a determinant of the nodes by chance.
    """
    found = _smallest(unions, moves.changes())
    if not moves.programme.whole and not found.any(axis=0).all() and not (able := moves.able()).all():
        found = _smallest(unions, moves.changes(able))
    return found


def determined_in_whole_numbers(moves: Moves, unions: Marks, known: Marks, most: int) -> Marks:
    """The same where only whole numbers are moves: those found already, and more that are sought.

    `known` are determined in fractions already. All unions where so many moves are not enough.
    """
    columns = unions.shape[1]
    while len(moves.points) <= most:
        points = np.unique(np.array(moves.points, dtype=np.int64)[:, :columns], axis=0)
        left = _smallest(unions, _mixed(points), known)
        if not len(left):
            return known
        before, costs = len(moves.points), np.zeros(moves.columns)
        costs[np.flatnonzero(left[0])] = _weights(points[:, left[0]])
        moves.towards(costs)
        if not any(np.dot(costs, point) for point in moves.points[before:]):
            known = np.vstack([known, left[:1]])
    return unions


def _smallest(unions: Marks, changes: Integers, known: Marks | None = None) -> Marks:
    """The unions of which these changes have no full rank, without those that have another one or a known one."""
    sizes = unions.sum(axis=1)
    found: list[Marks] = [] if known is None else [known]
    new = np.zeros((0, unions.shape[1]), dtype=np.bool_)
    for size in range(1, int(sizes.max(initial=0)) + 1):
        here = unions[sizes == size]
        for smaller in found:
            here = here[~_having(here, smaller)]
        columns = np.nonzero(here)[1].reshape(-1, size)
        lacking = here[_singular(changes[:size, columns].transpose(1, 0, 2))]
        found.append(lacking)
        new = np.vstack([new, lacking])
    return new


def _having(unions: Marks, smaller: Marks) -> Marks:
    """Which unions have all columns of one of the smaller ones."""
    sizes, found = smaller.sum(axis=1), np.zeros(len(unions), dtype=np.bool_)
    for start in range(0, len(unions), PIECE):
        both = unions[start : start + PIECE].astype(np.float32) @ smaller.T.astype(np.float32)
        found[start : start + PIECE] = (both == sizes).any(axis=1)
    return found


def _mixed(points: Integers) -> Integers:
    """Arbitrary mixtures of moves, as many as there are columns at most: of the same rank, by remainders."""
    return powers(len(points))[: points.shape[1]] @ points % PRIME


def _singular(matrices: Integers) -> Marks:
    """Which matrices have dependent columns, by remainders of `PRIME`: eliminated without a division."""
    left = matrices.copy()
    each, found = np.arange(len(left)), np.zeros(len(left), dtype=np.bool_)
    for column in range(left.shape[1]):
        chosen = column + (left[:, column:, column] != 0).argmax(axis=1)
        row = left[each, chosen]
        left[each, chosen] = left[:, column]
        found |= row[:, column] == 0
        rest = left[:, column + 1 :]
        below = rest[:, :, column, None] * row[:, None, :] % PRIME
        left[:, column + 1 :] = (rest * row[:, column, None, None] - below) % PRIME
    return found


def _weights(points: Integers) -> Integers:
    """The weights of a sum that these moves leave as it is; each column has one, and no other such sum has fewer.

    Whole numbers without a common divisor. They only say where a further move is sought.
    """
    rows = [[Fraction(by) for by in row] for row in (points.T @ points).tolist()]
    last = len(rows) - 1  # this column is as it may be, every other one follows from it
    for column in range(last):
        chosen = next(row for row in rows[column:] if row[column])
        rows.remove(chosen)
        row = [by / chosen[column] for by in chosen]
        rows = [[by - other[column] * mine for by, mine in zip(other, row, strict=True)] for other in rows]
        rows.insert(column, row)
    found = [*(-row[last] for row in rows[:last]), Fraction(1)]
    scale = lcm(*(by.denominator for by in found))
    whole = [int(by * scale) for by in found]
    return np.array(whole, dtype=np.int64) // gcd(*whole)
