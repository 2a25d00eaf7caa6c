"""An attacker who solves for single people by brute force, without anything of the engine.

Knows who is in each published cell, and its sum. Scores are bounded by linear programmes over all people
together, for every group of one to four; subsets by trying every assignment of 0 and 1.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain, combinations

import highspy
import numpy as np

LOWEST, HIGHEST = 100, 500


def bounded(values: Sequence[int], cells: Sequence[frozenset[int]], most: int) -> tuple[int, ...] | None:
    """One to `most` people whose mean can be found out: of one within 100 hundredths, of more within 50.

    What can be found out about people of the same cells is the same for each of them, so no more of them
    are looked at than a group can have.
    """
    people = len(values)
    alike = _alike(people, cells)
    points = np.array([values, *_exchanges(values, alike)], dtype=float)
    solver = _solver(values, cells)
    chosen = sorted(person for group in alike for person in group[:most])
    for size in range(1, min(most, len(chosen)) + 1):
        span = 100 if size == 1 else 50 * size
        groups = np.array(list(combinations(chosen, size)))
        narrow = np.ptp(points[:, groups].sum(axis=2), axis=0) <= span
        for group in groups[narrow]:
            if np.ptp(points[:, group].sum(axis=1)) > span:
                continue  # by a point found meanwhile
            ends = [_solve(solver, people, group, sense) for sense in _SENSES]
            points = np.vstack([points, *ends])
            if ends[1][group].sum() - ends[0][group].sum() <= span + 1e-6:
                return tuple(group.tolist())
    return None


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


def certain(values: Sequence[int], cells: Sequence[frozenset[int]], smallest: int) -> object:
    """A group of fewer than `smallest` people, or of people with one history, whose count is certain.

    Of the second, all unions, where fewer than `smallest` have it, or have it not.
    """
    people = len(values)
    every = (np.arange(2**people)[:, None] >> np.arange(people)) & 1
    for cell in cells:
        every = every[every[:, sorted(cell)].sum(axis=1) == sum(values[person] for person in cell)]
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


def empty_shown(
    people: Mapping[str, int | None], parents: Mapping[str, str | None], staffed: set[str], smallest: int
) -> str | None:
    """A published cell in which, less the published ones below, too few people count, though some could."""
    for unit, count in people.items():
        if count is None:
            continue
        left, possible = count, unit in staffed
        waiting = [part for part, above in parents.items() if above == unit]
        while waiting:
            part = waiting.pop()
            if people[part] is not None:
                left -= people[part]
            else:
                possible = possible or part in staffed
                waiting += [below for below, above in parents.items() if above == part]
        if possible and left < smallest:
            return unit
    return None
