"""An attacker who solves for single people by brute force, without anything of the engine.

Knows who is in each published cell, and its sum. Scores are bounded by linear programmes over all people
together, for every group of one to four; subsets by trying every assignment of 0 and 1. Sums with weights
are sought in exact fractions. What is solved for are shares: `owners` says whose each is, where somebody has
several.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations
from math import lcm

import highspy
import numpy as np

LOWEST, HIGHEST = 100, 500


def bounded(
    values: Sequence[int], cells: Sequence[frozenset[int]], most: int, owners: Sequence[int] | None = None
) -> tuple[int, ...] | None:
    """One to `most` people whose mean can be found out: of one within 100 hundredths, of more within 50.

    What can be found out about people of the same cells is the same for each of them, so no more of them
    are looked at than a group can have.
    """
    owners = range(len(values)) if owners is None else owners
    points = np.array([values, *_exchanges(values, _alike(len(values), cells))], dtype=float)
    solver = _solver(values, cells)
    groups = _groups(_few_of_each(owners, cells, most), most)
    marks = np.zeros((len(groups), len(values)))
    for row, group in zip(marks, groups, strict=True):
        row[list(group)] = 1
    spans = np.array([50 * max(2, len({owners[share] for share in group})) for group in groups])
    narrow = np.ptp(points @ marks.T, axis=0) <= spans
    for group, mark, span in zip(
        np.array(groups, dtype=object)[narrow], marks[narrow], spans[narrow], strict=True
    ):
        if np.ptp(points @ mark) > span:
            continue  # by a point found meanwhile
        ends = [_solve(solver, len(values), group, sense) for sense in _SENSES]
        points = np.vstack([points, *ends])
        if ends[1] @ mark - ends[0] @ mark <= span + 1e-6:
            return tuple(group)
    return None


def _groups(shares: Mapping[int, Sequence[int]], most: int) -> list[tuple[int, ...]]:
    """All groups of shares of one to so many people, small ones first."""
    found = {
        group
        for people in combinations(shares, min(most, len(shares)))
        for mine in (sorted(share for person in people for share in shares[person]),)
        for size in range(1, len(mine) + 1)
        for group in combinations(mine, size)
    }
    return sorted(found, key=lambda group: (len(group), group))


_SENSES = (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize)


def _alike(people: int, cells: Sequence[frozenset[int]]) -> list[list[int]]:
    """People who are in the same cells."""
    found = defaultdict(list)
    for person in range(people):
        found[tuple(person in cell for cell in cells)].append(person)
    return list(found.values())


def _exchanges(values: Sequence[int], alike: Sequence[Sequence[int]]) -> list[np.ndarray]:
    """Two people of the same cells may have exchanged: examples of what may be, so that fewer are solved for."""
    found = []
    for one, other in chain.from_iterable(zip(group, group[1:] + group[:1], strict=True) for group in alike):
        for up, down in ((one, other), (other, one)):
            point = np.array(values, dtype=float)
            step = min(HIGHEST - point[up], point[down] - LOWEST)
            point[up] += step
            point[down] -= step
            found.append(point)
    return found


def _solver(values: Sequence[int], cells: Sequence[frozenset[int]]) -> highspy.Highs:
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("threads", 1)  # as the engine's: the first solver of a process decides it for all
    for _ in values:
        solver.addVar(LOWEST, HIGHEST)
    for cell in cells:
        total = sum(values[person] for person in cell)
        members = sorted(cell)
        solver.addRow(total, total, len(members), np.array(members), np.ones(len(members)))
    return solver


def _solve(solver: highspy.Highs, people: int, group: Sequence[int], sense: highspy.ObjSense) -> np.ndarray:
    costs = np.zeros(people)
    costs[list(group)] = 1
    solver.changeColsCost(people, np.arange(people, dtype=np.int32), costs)
    solver.changeObjectiveSense(sense)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
    return np.array(solver.getSolution().col_value)


def weighed(
    values: Sequence[int], cells: Sequence[frozenset[int]], most: int, owners: Sequence[int] | None = None
) -> tuple[int, ...] | None:
    """Shares of one to `most` people of which a sum with some weights, above or below nothing, is determined."""
    solver, people = _solver(values, cells), range(len(values))
    able = [person for person in people if LOWEST < values[person] < HIGHEST or _able(solver, person, people)]
    if len(able) < len(people):
        return (min(set(people).difference(able)),)
    changes = null_space([[Fraction(person in cell) for person in people] for cell in cells], len(people))
    return _dependent(changes, _few_of_each(people if owners is None else owners, cells, most), most)


def weighed_bits(
    values: Sequence[int], cells: Sequence[frozenset[int]], most: int, owners: Sequence[int] | None = None
) -> tuple[int, ...] | None:
    """The same of a subset, where each has it or has it not."""
    every = _assignments(values, cells)
    changes = _independent(every - every[0])
    people = range(len(values)) if owners is None else owners
    return _dependent(changes, _few_of_each(people, cells, most), most)


def _able(solver: highspy.Highs, person: int, people: range) -> bool:
    """Whether somebody at an end of the scale could have another score."""
    ends = [_solve(solver, len(people), [person], sense)[person] for sense in _SENSES]
    return bool(ends[1] - ends[0] > 1e-3)


def _few_of_each(owners: Sequence[int], cells: Sequence[frozenset[int]], most: int) -> dict[int, list[int]]:
    """The shares of each person, of people whose shares are in the same cells no more than a group can have."""
    shares = defaultdict(list)
    for share, person in enumerate(owners):
        shares[person].append(share)
    alike = defaultdict(list)
    for person, mine in shares.items():
        alike[tuple(sorted(tuple(share in cell for cell in cells) for share in mine))].append(person)
    return {person: shares[person] for group in alike.values() for person in sorted(group)[:most]}


def _dependent(changes: np.ndarray, shares: Mapping[int, Sequence[int]], most: int) -> tuple[int, ...] | None:
    """The shares of `most` people that are not changed independently of each other; a column for each share."""
    groups = defaultdict(list)
    for people in combinations(shares, min(most, len(shares))) if shares else ():
        group = [share for person in people for share in shares[person]]
        groups[len(group)].append(group)
    changes = np.vstack([changes, np.zeros((1, changes.shape[1]), dtype=np.int64)])  # there may be none
    for size, alike in groups.items():
        chosen = np.array(alike)
        ranks = np.linalg.matrix_rank(changes[:, chosen].transpose(1, 0, 2).astype(float))
        for group in chosen[ranks < size].tolist():
            rows = [[Fraction(int(by)) for by in row] for row in changes[:, group]]
            if len(_reduced(rows)) < size:
                return tuple(group)
    return None


def _reduced(rows: Sequence[Sequence[Fraction]]) -> dict[int, list[Fraction]]:
    """Rows that say the same, by the column that is 1 in each and 0 in all others."""
    found: dict[int, list[Fraction]] = {}
    for given in rows:
        row = list(given)
        for column, other in found.items():
            row = [mine - row[column] * theirs for mine, theirs in zip(row, other, strict=True)]
        pivot = next((column for column, by in enumerate(row) if by), None)
        if pivot is None:
            continue
        row = [by / row[pivot] for by in row]
        for column, other in found.items():
            found[column] = [theirs - other[pivot] * mine for mine, theirs in zip(row, other, strict=True)]
        found[pivot] = row
    return found


def null_space(rows: Sequence[Sequence[Fraction]], columns: int) -> np.ndarray:
    """Changes in whole numbers that leave each row's sum as it is, of which all others are made."""
    reduced = _reduced(rows)
    found = []
    for free in set(range(columns)).difference(reduced):
        change = [Fraction(0)] * columns
        change[free] = Fraction(1)
        for column, row in reduced.items():
            change[column] = -row[free]
        scale = lcm(*(by.denominator for by in change))
        found.append([int(by * scale) for by in change])
    return np.array(found, dtype=np.int64).reshape(len(found), columns)


def _independent(rows: np.ndarray) -> np.ndarray:
    """Rows in whole numbers of which all these are made."""
    found, rows = [], rows.astype(np.int64)
    while len(rows := np.unique(rows[rows.any(axis=1)], axis=0)):
        first, column = rows[0], np.flatnonzero(rows[0])[0]
        found.append(first)
        rows = rows * first[column] - rows[:, [column]] * first
        rows //= np.maximum(np.gcd.reduce(rows, axis=1), 1)[:, None]
    return np.array(found, dtype=np.int64).reshape(len(found), rows.shape[1])


def certain(values: Sequence[int], cells: Sequence[frozenset[int]], smallest: int) -> object:
    """A group of fewer than `smallest` people, or of people with one history, whose count is certain.

    Of the second, all unions, where fewer than `smallest` have it, or have it not.
    """
    people, every = len(values), _assignments(values, cells)
    for size in range(1, smallest):
        for group in combinations(range(people), size):
            if np.ptp(every[:, list(group)].sum(axis=1)) == 0:
                return group
    alike = _alike(people, cells)
    for size in range(1, len(alike) + 1):
        for union in combinations(alike, size):
            members = [person for group in union for person in group]
            counts = every[:, members].sum(axis=1)
            few = min(counts[0], len(members) - counts[0]) < smallest
            if few and np.ptp(counts) == 0:
                return tuple(members)
    return None


def _assignments(values: Sequence[int], cells: Sequence[frozenset[int]]) -> np.ndarray:
    """Every way in which people may have it or not, a row each."""
    people = len(values)
    every = (np.arange(2**people)[:, None] >> np.arange(people)) & 1
    for cell in cells:
        every = every[every[:, sorted(cell)].sum(axis=1) == sum(values[person] for person in cell)]
    return every
