"""Moves that need no programme leave every sum as it is, and go as far as they say."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure.compensation import Compensation

RELEASES = 4
rows = st.tuples(*(st.sampled_from((None, 2 * column, 2 * column + 1)) for column in range(RELEASES)))
counted = rows.filter(lambda row: set(row) != {None})
atoms = st.tuples(counted, st.integers(0, 900), st.integers(0, 900), st.booleans())


def compensation(found, loose=201):
    nodes = [[node for node in row if node is not None] for row, *_ in found]
    above, below = [one[1] for one in found], [one[2] for one in found]
    return Compensation(nodes, above, below, [one[3] for one in found], loose)


def changed(combination, found) -> dict[int, int]:
    """By how much each node changes when every atom moves as a combination says."""
    sums: dict[int, int] = {}
    for place, times in combination.items():
        for node in found[place][0]:
            if node is not None:
                sums[node] = sums.get(node, 0) + times
    return {node: change for node, change in sums.items() if change}


@settings(max_examples=300, deadline=None)
@given(st.lists(atoms, min_size=2, max_size=14, unique_by=lambda one: one[0]))
def test_a_compensator_changes_one_node_by_one_and_moves_shielded_atoms_alone(found):
    of = compensation(found).of
    for node, combination in of.items():
        assert changed(combination, found) == {node: 1}
        assert all(found[place][3] for place in combination)
    event(f"nodes with a compensator: {len(of)}")


@settings(max_examples=300, deadline=None)
@given(st.lists(atoms, min_size=2, max_size=14, unique_by=lambda one: one[0]))
def test_an_exposed_atom_is_moved_by_shielded_ones_as_far_as_is_told(found):
    by = compensation(found)
    for place, (_, above, below, shielded) in enumerate(found):
        if shielded:
            continue
        for combination, left in by.combinations(place):
            assert combination[place] == 1
            assert changed(combination, found) == left
            assert all(found[other][3] for other in combination if other != place)
            down, up = by.ends(combination)
            for steps in (-down, up):
                for other, times in combination.items():
                    assert -found[other][1] <= steps * times <= found[other][2]
            assert down <= min(above, 201)
            assert up <= min(below, 201)
            event(f"nodes left: {min(2, len(left))}")


def test_who_left_is_made_up_for_by_those_who_stayed_and_those_who_came():
    """Two releases of D: stayed in both, came to the second; one who left can then have anything."""
    found = [((0, 2), 500, 500, True), ((None, 2), 500, 500, True), ((0, None), 200, 200, False)]
    by = compensation(found)
    assert by.of == {0: {0: 1, 1: -1}, 2: {1: 1}}
    assert [(by.ends(one), left) for one, left in by.combinations(2)][:1] == [((200, 200), {})]


def test_a_chain_of_releases_is_followed_from_the_last_one():
    found = [((0, 2, 4), 500, 500, True), ((None, 2, 4), 500, 500, True), ((None, None, 4), 500, 500, True)]
    assert compensation(found).of == {0: {0: 1, 1: -1}, 2: {1: 1, 2: -1}, 4: {2: 1}}
