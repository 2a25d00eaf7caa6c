"""Moves of exposed people with one another: each leaves every sum as it is, and no union is without one."""

from itertools import combinations

import numpy as np
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure.moves import Moves, Programme
from shared.disclosure.partners import Partners, Unions
from tests.shared.disclosure.test_compensation import atoms, compensation


@settings(max_examples=300, deadline=None)
@given(st.lists(atoms, min_size=2, max_size=16, unique_by=lambda one: one[0]))
def test_a_move_with_partners_goes_no_further_than_the_solver_says(found):
    by = compensation(found)
    exposed = [place for place, one in enumerate(found) if not one[3]]
    partners = Partners(by, {place: by.combinations(place) for place in exposed})
    for place in exposed:
        columns = [place, *(other for other in range(len(found)) if other != place)]
        rows = nodes(columns, found)
        for down, up, adverse, moved in partners.moves(place):
            same = set(exposed) - adverse
            # Who is exposed and not adverse goes the same way, or nowhere.
            upwards = [(0 if one in same else -found[one][1], found[one][2]) for one in columns]
            downwards = [(-found[one][1], 0 if one in same else found[one][2]) for one in columns]
            assert up <= Moves(Programme(upwards, rows, whole=False)).range([0])[1] + 1e-6
            assert down <= -Moves(Programme(downwards, rows, whole=False)).range([0])[0] + 1e-6
            assert place not in moved >= adverse
            event(f"adverse: {len(adverse)}")


def nodes(columns, found) -> list[list[int]]:
    """Which columns count in each node."""
    rows: dict[int, list[int]] = {}
    for column, other in enumerate(columns):
        for node in found[other][0]:
            if node is not None:
                rows.setdefault(node, []).append(column)
    return list(rows.values())


@given(
    st.lists(st.frozensets(st.integers(1, 6), max_size=2), max_size=6),
    st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=4), min_size=7, max_size=7),
    st.integers(1, 4) | st.none(),
)
def test_whatever_else_is_in_a_union_one_of_the_moves_has_its_adverse_atoms_outside(moves, people, most):
    """Atoms have people in common, who have another share in each."""
    unions = Unions(dict(enumerate(people)), 0, most)
    left = any([unions.left, *(unions.add(adverse) for adverse in moves)])
    event(f"left: {left}")
    for size in range(7):
        for others in combinations(range(1, 7), size):
            if left and (most is None or len(people[0].union(*(people[other] for other in others))) <= most):
                assert any(adverse.isdisjoint(others) for adverse in moves)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=8),
    st.lists(st.sets(st.integers(0, 7), min_size=1), max_size=4),
    st.sets(st.integers(0, 7), min_size=1),
)
def test_moves_in_whole_numbers_are_as_far_as_those_of_every_assignment(bounds, rows, columns):
    size = len(bounds)
    rows = [sorted(column for column in row if column < size) for row in rows]
    columns = [column for column in columns if column < size] or [0]
    moves = Moves(Programme([(-low, high) for low, high in bounds], [row for row in rows if row], whole=True))
    every = np.stack(np.meshgrid(*(range(-low, high + 1) for low, high in bounds)), axis=-1).reshape(-1, size)
    for row in rows:
        every = every[every[:, row].sum(axis=1) == 0]
    sums = every[:, columns].sum(axis=1)
    assert moves.range(columns) == (sums.min(), sums.max())
    for point in moves.points:
        assert (every == np.array(point)).all(axis=1).any()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sets(st.integers(0, 6), min_size=1), max_size=5))
def test_a_sum_that_the_nodes_say_by_themselves_is_known_without_a_solver(rows):
    moves = Moves(Programme([(-9, 9)] * 7, [sorted(row) for row in rows], whole=False))
    unions = (np.arange(1, 2**7)[:, None] >> np.arange(7) & 1).astype(bool)
    for union, fixed in zip(unions, moves.fixed(unions), strict=True):
        down, up = moves.range(np.flatnonzero(union).tolist())
        assert fixed == (up - down < 1e-6)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.lists(st.sets(st.integers(0, 7), min_size=1), max_size=4),
    st.booleans(),
)
def test_moves_without_a_solver_are_moves(bounds, rows, whole):
    """They leave every sum as it is and everybody on the scale, and change one of the first columns."""
    rows = [row for found in rows if (row := sorted(column for column in found if column < len(bounds)))]
    moves = Moves(Programme([(-low, high) for low, high in bounds], rows, whole=whole))
    moves.simple(3)
    event(f"moves: {min(len(moves.points) - 1, 3)}")
    for point in moves.points[1:]:
        assert all(-low - 1e-9 <= by <= high + 1e-9 for by, (low, high) in zip(point, bounds, strict=True))
        assert all(abs(sum(point[column] for column in row)) < 1e-9 for row in rows)
        assert any(point[:3])
        assert not whole or all(by == int(by) for by in point)
