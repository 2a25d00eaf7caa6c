"""Solutions of equations by remainders, against those in fractions."""

from fractions import Fraction

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disclosure.remainders import ARBITRARY, PRIME, solutions
from tests.shared.disclosure.solver import null_space

COLUMNS = 9
rows_of = st.lists(st.sets(st.integers(0, COLUMNS - 1), min_size=1).map(sorted), max_size=10)
marks = st.lists(st.booleans(), min_size=COLUMNS, max_size=COLUMNS)


@settings(max_examples=60, deadline=None)
@given(rows_of, marks)
def test_solutions_leave_every_row_as_it_is_and_are_all_that_there_are(rows, able):
    found = solutions(rows, able)
    for row in rows:
        assert not (found[:, row].sum(axis=1) % PRIME).any()
    assert not found[:, ~np.array(able)].any()
    still = [[column] for column, mark in enumerate(able) if not mark]
    equations = [[Fraction(column in row) for column in range(COLUMNS)] for row in (*rows, *still)]
    assert len(found) - len(ARBITRARY) == len(null_space(equations, COLUMNS))


@settings(max_examples=40, deadline=None)
@given(rows_of, marks)
def test_arbitrary_solutions_are_made_of_those_of_one_free_column_each(rows, able):
    found = solutions(rows, able)
    arbitrary, alone = found[: len(ARBITRARY)].tolist(), found[len(ARBITRARY) :].tolist()
    free = [
        next(column for column in range(COLUMNS) if [one[column] for one in alone] == unit)
        for unit in np.eye(len(alone), dtype=int).tolist()
    ]
    for one in arbitrary:
        sums = [
            sum(one[at] * other[column] for at, other in zip(free, alone, strict=True)) % PRIME
            for column in range(COLUMNS)
        ]
        assert sums == one
