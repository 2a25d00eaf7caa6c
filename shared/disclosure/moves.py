"""How far groups of people can be moved without a published sum being changed: linear programmes. Pure.

A variable for each atom says by how much its sum changes, between the two ends of what is possible. Each
node has a row: what moves in it adds up to nothing. To move nobody is always possible, so every programme
has a solution. For a subset, where values are 0 and 1, only whole numbers are moves. Mostly the programme has
such a solution by itself; and where no sum can be moved by one, it cannot be in whole numbers.
"""

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np
from numpy.typing import NDArray

from shared.disclosure.remainders import ARBITRARY, PRIME, solutions

STEPS = 20_000  # of the simplex method, for one search
BRANCHES = 500  # of a search for whole numbers; a move that was not found by then is none

NEARLY = 1e-6  # a whole number, as the solver counts
SMALL = 16  # the largest number of times that one column changes with another one, where no solver says it
LEAST = 1e-2  # points by which somebody is certainly moved

_OPTIONS = (
    ("output_flag", False),
    ("threads", 1),
    ("simplex_iteration_limit", STEPS),
    ("mip_max_nodes", BRANCHES),
)
_OPTIMAL = highspy.HighsModelStatus.kOptimal


class Programme(NamedTuple):
    """How far each atom can move down and up, and which of them count in each node; `whole`: in whole numbers."""

    bounds: Sequence[tuple[int, int]]
    rows: Sequence[Sequence[int]]
    whole: bool


class Moves:
    """Moves of some atoms; every one that was found is in `points`, the first is to move nobody."""

    def __init__(self, programme: Programme) -> None:
        self.programme = programme
        self.columns = len(programme.bounds)
        self.points: list[list[float]] = [[0.0] * self.columns]
        self._solvers: dict[bool, highspy.Highs] = {}  # in fractions and in whole numbers, where needed
        self._found: dict[bytes, NDArray[np.int64]] = {}  # solutions of the nodes, by who is able to change

    def fixed(self, unions: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which unions of the first columns, a row each, have a sum that the nodes say by themselves.

        Solved in a finite field, which is exact and needs no solver. That a sum which is not fixed seems so is as
        likely as one in two thousand million, and withholds somebody; of the others the solver is asked.
        """
        found: NDArray[np.bool_] = unions @ self.changes()[0, : unions.shape[1]] % PRIME == 0
        return found

    def changes(self, able: NDArray[np.bool_] | None = None) -> NDArray[np.int64]:
        """As many changes as `ARBITRARY` has numbers, a row each, that leave every node as it is.

        Each is as arbitrary as that allows, by remainders of `PRIME`; only `able` columns change.
        """
        return self._solutions(able)[: len(ARBITRARY)]

    def simple(self, columns: int) -> None:
        """Find moves without a solver: those of the first `columns` that one free column each leads to.

        The nodes say which others follow from a free one, by small whole numbers mostly. Each such change goes as
        far as the ends of the scale allow, up and down.
        """
        found = self._solutions(None)[len(ARBITRARY) :]
        found = np.where(found > PRIME // 2, found - PRIME, found)
        found = found[(np.abs(found).max(axis=1, initial=0) <= SMALL) & found[:, :columns].any(axis=1)]
        low, high = np.array(self.programme.bounds, dtype=np.float64).reshape(-1, 2).T
        for sign in (1, -1):
            changes = sign * found
            ends = np.where(changes > 0, high, low)
            with np.errstate(divide="ignore", invalid="ignore"):
                times = np.where(changes == 0, np.inf, ends / changes).min(axis=1, initial=np.inf)
            times = np.floor(times) if self.programme.whole else times
            self.points += (times[:, None] * changes)[times > 0].tolist()

    def _solutions(self, able: NDArray[np.bool_] | None) -> NDArray[np.int64]:
        able = np.ones(self.columns, dtype=np.bool_) if able is None else able
        key = able.tobytes()
        if key not in self._found:
            self._found[key] = solutions(self.programme.rows, able.tolist())
        return self._found[key]

    def able(self) -> NDArray[np.bool_]:
        """Which columns some move changes, as far as the ends of the scale decide it.

        Who is at neither end can go both ways. Of the others those are asked for who go the one way they can.
        """
        low, high = np.array(self.programme.bounds, dtype=np.int64).reshape(-1, 2).T
        found = np.asarray((low < 0) & (high > 0) | self._moved(self.points))
        while not found.all():
            before = len(self.points)
            self.towards(np.where(found, 0.0, np.where(low < 0, -1.0, 1.0)))
            further = self._moved(self.points[before:]) & ~found
            if not further.any():
                break
            found |= further
        return found

    def _moved(self, points: Sequence[Sequence[float]]) -> NDArray[np.bool_]:
        """Which columns one of these moves changes, beyond what the solver may have rounded."""
        found = np.abs(np.array(points).reshape(-1, self.columns)) > LEAST
        return np.asarray(found.any(axis=0))

    def range(self, columns: Sequence[int]) -> tuple[float, float]:
        """By how much these together can be moved at least and at most."""
        costs = np.zeros(self.columns)
        costs[list(columns)] = 1.0
        return self.towards(costs)

    def towards(self, costs: NDArray[np.float64]) -> tuple[float, float]:
        """The least and the largest sum of moves, each times what it costs."""
        return self._end(costs, highspy.ObjSense.kMinimize), self._end(costs, highspy.ObjSense.kMaximize)

    def _end(self, costs: NDArray[np.float64], sense: highspy.ObjSense) -> float:
        point = self._solved(costs, sense, whole=False)
        if point is not None and self.programme.whole:
            point = self._rounded(point, costs, sense)
        if point is None:
            return 0.0
        self.points.append(point)
        return float(np.dot(costs, point))

    def _rounded(
        self, point: list[float], costs: NDArray[np.float64], sense: highspy.ObjSense
    ) -> list[float] | None:
        """A move in whole numbers: this one, or another that is sought; None where nobody can be moved."""
        whole = [float(round(value)) for value in point]
        if max(map(abs, np.subtract(point, whole)), default=0.0) < NEARLY and self._is_move(whole):
            return whole
        if abs(np.dot(costs, point)) < 1.0 - NEARLY:
            return None
        found = self._solved(costs, sense, whole=True)
        return found and [float(round(value)) for value in found]

    def _is_move(self, point: Sequence[float]) -> bool:
        """Whether every published sum stays as it is, exactly."""
        within = all(low <= by <= high for by, (low, high) in zip(point, self.programme.bounds, strict=True))
        return within and all(sum(point[column] for column in row) == 0 for row in self.programme.rows)

    def _solved(
        self, costs: NDArray[np.float64], sense: highspy.ObjSense, *, whole: bool
    ) -> list[float] | None:
        if whole not in self._solvers:
            self._solvers[whole] = _solver(self.programme, whole=whole)
        solver = self._solvers[whole]
        solver.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), costs)
        solver.changeObjectiveSense(sense)
        solver.run()
        return list(solver.getSolution().col_value) if solver.getModelStatus() == _OPTIMAL else None


def _solver(programme: Programme, *, whole: bool) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in _OPTIONS:
        solver.setOptionValue(option, value)
    solver.passModel(_model(programme.bounds, programme.rows, whole=whole))
    return solver


def _model(bounds: Sequence[tuple[int, int]], rows: Sequence[Sequence[int]], whole: bool) -> highspy.HighsLp:
    found = highspy.HighsLp()
    found.num_col_, found.num_row_ = len(bounds), len(rows)
    found.col_cost_ = np.zeros(len(bounds))
    found.col_lower_ = np.array([low for low, _ in bounds], dtype=np.float64)
    found.col_upper_ = np.array([high for _, high in bounds], dtype=np.float64)
    found.row_lower_ = found.row_upper_ = np.zeros(len(rows))
    found.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    found.a_matrix_.start_ = np.cumsum([0, *(len(row) for row in rows)], dtype=np.int32)
    found.a_matrix_.index_ = np.array([column for row in rows for column in row], dtype=np.int32)
    found.a_matrix_.value_ = np.ones(sum(len(row) for row in rows))
    if whole:
        found.integrality_ = [highspy.HighsVarType.kInteger] * len(bounds)
    return found
