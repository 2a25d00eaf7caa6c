"""What is published about groups gives no group of one to four people away, whatever is subtracted."""

from hypothesis import given
from hypothesis import strategies as st

from shared.suppression import SMALLEST_CELL, hidden, hidden_in_tree, small


@st.composite
def trees(draw: st.DrawFn) -> tuple[dict[str, int], dict[str, str | None]]:
    """Units with their people, those of the units below included, and the parent of each."""
    count = draw(st.integers(1, 24))
    parents: dict[str, str | None] = {"0": None}
    for place in range(1, count):
        parents[str(place)] = str(draw(st.integers(0, place - 1)))
    own = {unit: draw(st.integers(0, 8)) for unit in parents}
    people = dict(own)
    for unit in sorted(parents, key=int, reverse=True):
        parent = parents[unit]
        if parent is not None:
            people[parent] += people[unit]
    return people, parents


def remainder(
    unit: str, people: dict[str, int], parents: dict[str, str | None], shown: frozenset[str]
) -> int:
    """A published total less the next published totals below it."""
    left, waiting = people[unit], [child for child, parent in parents.items() if parent == unit]
    while waiting:
        below = waiting.pop()
        if below in shown:
            left -= people[below]
        else:
            waiting += [child for child, parent in parents.items() if parent == below]
    return left


@given(trees())
def test_no_remainder_of_published_totals_is_a_small_group(
    tree: tuple[dict[str, int], dict[str, str | None]],
) -> None:
    people, parents = tree
    shown = frozenset(people) - hidden_in_tree(people, parents)
    for unit in shown:
        left = remainder(unit, people, parents, shown)
        assert left == 0 or left >= SMALLEST_CELL, (unit, left)


@given(trees())
def test_no_small_cell_is_published_and_empty_ones_are(
    tree: tuple[dict[str, int], dict[str, str | None]],
) -> None:
    people, parents = tree
    found = hidden_in_tree(people, parents)
    assert {unit for unit, count in people.items() if small(count)} <= found
    assert not any(people[unit] == 0 for unit in found)


def test_a_root_of_five_is_always_published() -> None:
    assert hidden_in_tree({"C": 5, "A": 4, "B": 1}, {"C": None, "A": "C", "B": "C"}) == {"A", "B"}


def test_the_smallest_sibling_hides_a_small_one() -> None:
    assert hidden(23, {"A": 3, "B": 7, "C": 13}) == {"A", "B"}


def test_people_of_the_total_alone_hide_a_small_cell_too() -> None:
    assert hidden(22, {"A": 3, "B": 13}) == {"A"}


def test_nothing_is_hidden_without_a_small_remainder() -> None:
    assert hidden(20, {"A": 7, "B": 13}) == frozenset()


def test_a_hidden_total_keeps_five_of_its_people_hidden() -> None:
    assert hidden(20, {"A": 7, "B": 13}, total_hidden=True) == {"A"}
