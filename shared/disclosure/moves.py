"""How far groups of people can be moved without a published sum being changed: linear programmes. Pure.

A variable for each atom says by how much its sum changes, between the two ends of what is possible. Each
node has a row: what moves in it adds up to nothing. To move nobody is always possible, so every programme
has a solution. For a subset, where values are 0 and 1, only whole numbers are moves.
"""

from collections.abc import Sequence
from typing import NamedTuple

import highspy
import numpy as np

STEPS = 20_000  # of the simplex method, for one search
BRANCHES = 500  # of a search for whole numbers; a move that was not found by then is none

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
        self.whole = programme.whole
        self.columns = len(programme.bounds)
        self.points: list[list[float]] = [[0.0] * self.columns]
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        for option, value in _OPTIONS:
            self._solver.setOptionValue(option, value)
        self._solver.passModel(_model(*programme))

    def range(self, columns: Sequence[int]) -> tuple[float, float]:
        """By how much these together can be moved at least and at most."""
        costs = np.zeros(self.columns)
        costs[list(columns)] = 1.0
        self._solver.changeColsCost(self.columns, np.arange(self.columns, dtype=np.int32), costs)
        down = self._end(columns, highspy.ObjSense.kMinimize)
        return down, self._end(columns, highspy.ObjSense.kMaximize)

    def _end(self, columns: Sequence[int], sense: highspy.ObjSense) -> float:
        self._solver.changeObjectiveSense(sense)
        self._solver.run()
        if self._solver.getModelStatus() != _OPTIMAL:
            return 0.0
        point = [round(value) if self.whole else value for value in self._solver.getSolution().col_value]
        self.points.append(point)
        return float(sum(point[column] for column in columns))


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
