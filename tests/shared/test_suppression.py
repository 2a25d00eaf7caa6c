"""How many people are few, and when a count says something of each."""

from hypothesis import given
from hypothesis import strategies as st

from shared.suppression import parted, small


def test_one_to_four_people_are_few_and_nobody_is_not() -> None:
    assert [small(people) for people in range(7)] == [False, True, True, True, True, False, False]


@given(some=st.integers(0, 20), rest=st.integers(0, 20))
def test_a_count_is_published_where_five_have_something_and_five_have_not(some: int, rest: int) -> None:
    assert parted(some, rest) == (some >= 5 and rest >= 5)
