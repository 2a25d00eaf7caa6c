"""What is near an atom, held on to from round to round, is what is found from nothing."""

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.disclosure.nearest import REACH, Nearest

ATOMS, NODES = 14, 8
nodes_of = st.lists(
    st.sets(st.integers(0, NODES - 1), min_size=1, max_size=3).map(tuple), min_size=ATOMS, max_size=ATOMS
)
rounds = st.lists(st.sets(st.integers(0, ATOMS - 1), min_size=1), min_size=1, max_size=4)


def of_those(there: set[int]) -> dict[int, int]:
    """The rank of each; who stays keeps the place among others."""
    return {place: rank for rank, place in enumerate(sorted(there))}


@settings(max_examples=60, deadline=None)
@given(nodes_of, rounds, st.integers(1, 6))
def test_what_is_held_on_to_is_what_is_found_again(nodes, there, most):
    before = None
    for atoms in there:
        held = Nearest(nodes, of_those(atoms), most, before)
        afresh = Nearest(nodes, of_those(atoms), most)
        for place in sorted(atoms):
            assert held.to([place]) == afresh.to([place])
        before = held


@settings(max_examples=40, deadline=None)
@given(nodes_of)
def test_the_nearest_come_first_and_in_their_order(nodes):
    near = Nearest(nodes, of_those(set(range(ATOMS))), ATOMS)
    steps, found = [{0}], {0}
    for _ in range(REACH):
        steps.append(
            {
                place
                for place in range(ATOMS)
                if place not in found and any(set(nodes[place]) & set(nodes[other]) for other in steps[-1])
            }
        )
        found |= steps[-1]
    assert near.to([0]) == [place for step in steps[1:] for place in sorted(step)]
