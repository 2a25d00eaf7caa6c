"""Small cells stay hidden, and cannot be computed from what is shown."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.suppression import hidden


def test_cells_under_five_are_hidden_with_one_to_subtract_from() -> None:
    """3 of 20 hidden alone would be 20 - 8 - 9: the smaller neighbour hides too."""
    assert hidden(20, False, {"a": 3, "b": 8, "c": 9}) == {"a", "b"}


def test_two_small_cells_protect_each_other() -> None:
    """4 and 3 together are seven people."""
    assert hidden(16, False, {"a": 4, "b": 3, "c": 9}) == {"a", "b"}


def test_people_of_the_parent_alone_are_part_of_what_is_left() -> None:
    """Two people at the district office would be 11 - 9; five would not be told apart from nobody's."""
    assert hidden(11, False, {"c": 9}) == {"c"}
    assert hidden(14, False, {"c": 9}) == set()


def test_nothing_is_hidden_without_need() -> None:
    """All children shown, nobody left over."""
    assert hidden(14, False, {"a": 5, "c": 9}) == set()


@given(
    st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(1, 12)),
    st.integers(0, 6),
    st.booleans(),
)
def test_no_difference_leaves_one_to_four_people(
    children: Mapping[str, int], own: int, parent_hidden: bool
) -> None:
    """Whatever is shown: parent minus children is nobody or at least five."""
    parent = sum(children.values()) + own
    found = hidden(parent, parent_hidden, children)
    shown = [people for code, people in children.items() if code not in found]
    rest = parent - sum(shown)
    assert all(people >= 5 for people in shown)
    assert not shown or rest >= 5 or (rest == 0 and not parent_hidden)
