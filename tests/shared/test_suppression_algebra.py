"""No small cell is published, and none follows from what is."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.suppression import hidden, small

cells = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.integers(0, 12), max_size=7)


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ({"a": 9, "b": 7}, set()),
        ({"a": 3, "b": 9, "c": 7}, {"a", "c"}),
        ({"a": 3, "b": 3, "c": 7}, {"a", "b"}),
        ({"a": 1, "b": 2, "c": 8, "d": 6}, {"a", "b", "d"}),
        ({"a": 0, "b": 9}, set()),
        ({"a": 5, "b": 5, "c": 1}, {"c", "a"}),
    ],
)
def test_the_next_smallest_hides_with_a_small_one(people, expected):
    assert hidden(sum(people.values()), people) == expected


def test_parts_of_a_hidden_total_do_not_add_up_to_it():
    assert hidden(14, {"a": 8, "b": 6}, total_hidden=True) == {"b"}


@given(cells)
def test_hidden_people_are_none_or_five_and_more(people):
    chosen = hidden(sum(people.values()), people)
    mass = sum(people[code] for code in chosen)
    assert all(code in chosen for code, n in people.items() if small(n))
    if sum(people.values()) >= 5:
        assert mass == 0 or (mass >= 5 and len(chosen) > 1)


trees = st.recursive(
    st.integers(0, 9), lambda inner: st.lists(inner, min_size=1, max_size=4), max_leaves=12
).filter(lambda tree: isinstance(tree, list))


@settings(max_examples=300)
@given(trees)
def test_no_small_cell_follows_from_what_is_published_over_a_whole_tree(tree):
    """Linear algebra: a small cell must not be a combination of published cells."""
    leaves: list[int] = []
    nodes: list[tuple[frozenset[int], bool]] = []

    def number(node):
        if isinstance(node, int):
            leaves.append(node)
            return {len(leaves) - 1}, []
        parts = [number(part) for part in node]
        return set().union(*(covered for covered, _ in parts)), parts

    root, children = number(tree)
    size = lambda covered: sum(leaves[place] for place in covered)  # noqa: E731

    def publish(covered, parts, hide: bool) -> None:
        nodes.append((frozenset(covered), hide))
        by_name = {str(place): part for place, part in enumerate(parts)}
        sizes = {name: size(part[0]) for name, part in by_name.items()}
        chosen = hidden(size(covered), sizes, total_hidden=hide)
        for name, part in by_name.items():
            covered_below, parts_below = part
            publish(covered_below, parts_below, name in chosen)

    publish(root, children, small(size(root)))
    # What nobody is in can be guessed, so empty leaves are known to be empty.
    known = [c for c, hide in nodes if not hide] + [frozenset({n}) for n, p in enumerate(leaves) if p == 0]
    basis = reduced([[Fraction(place in covered) for place in range(len(leaves))] for covered in known])
    for covered, _ in nodes:
        if small(size(covered)):
            assert not spanned(basis, [Fraction(place in covered) for place in range(len(leaves))])


def reduced(rows):
    """Row echelon form, as (pivot, row) pairs."""
    basis: list[tuple[int, list[Fraction]]] = []
    for row in rows:
        rest = remainder(basis, row)
        pivot = next((place for place, value in enumerate(rest) if value), None)
        if pivot is not None:
            basis.append((pivot, [value / rest[pivot] for value in rest]))
    return basis


def remainder(basis, row):
    for pivot, known in basis:
        if row[pivot]:
            row = [value - row[pivot] * other for value, other in zip(row, known, strict=True)]
    return row


def spanned(basis, row):
    return not any(remainder(basis, row))
