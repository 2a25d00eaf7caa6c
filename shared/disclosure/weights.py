"""Sums with weights: whether those of few people, less those of others, follow from what is published. Pure.

Whoever adds up published sums, each times a number, may be left with some of a person and less of another. Of some
people every such sum stays open where the moves change them independently of each other: where the moves' columns
for them have full rank. It is enough to look at the smallest sets of columns without it: whoever has a weight in
any sum that follows is in one of these.
"""

from math import gcd

import numpy as np
from numpy.typing import NDArray

from shared.disclosure.moves import ARBITRARY, PRIME, Moves

Marks = NDArray[np.bool_]
Integers = NDArray[np.int64]


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
        lacking = here[_determinant(changes[:size, columns].transpose(1, 0, 2)) == 0]
        found.append(lacking)
        new = np.vstack([new, lacking])
    return new


def _having(unions: Marks, smaller: Marks) -> Marks:
    """Which unions have all columns of one of the smaller ones."""
    both = unions.astype(np.float32) @ smaller.T.astype(np.float32)
    return np.asarray((both == smaller.sum(axis=1)).any(axis=1))


def _mixed(points: Integers) -> Integers:
    """As many arbitrary mixtures of moves as a determinant needs: of the same rank, by remainders."""
    mixed = np.zeros((len(ARBITRARY), points.shape[1]), dtype=np.int64)
    for row, number in zip(mixed, ARBITRARY, strict=True):
        times = 1
        for point in points:
            times = times * number % PRIME
            row[:] = (row + times * point) % PRIME
    return mixed


def _determinant(matrices: Integers) -> Integers:
    """Of each matrix, the remainder by `PRIME`: the first row's numbers times the determinants of the rest."""
    if matrices.shape[1] == 1:
        return np.asarray(matrices[:, 0, 0])
    found, sign = np.zeros(len(matrices), dtype=np.int64), 1
    for column in range(matrices.shape[1]):
        rest = _determinant(np.delete(matrices[:, 1:], column, axis=2))
        found = (found + sign * (matrices[:, 0, column] * rest % PRIME)) % PRIME
        sign = -sign
    return found


def _weights(points: Integers) -> Integers:
    """The weights of a sum that these moves leave as it is; each column has one, and no other such sum has fewer.

    They are the cofactors of the matrix of products. They only say where a further move is sought.
    """
    products = points.T @ points
    size = len(products)
    minors = [round(np.linalg.det(np.delete(products[1:], column, axis=1))) for column in range(size)]
    found = [minor * (-1) ** column for column, minor in enumerate(minors)]
    return np.array(found, dtype=np.int64) // (gcd(*found) or 1)
