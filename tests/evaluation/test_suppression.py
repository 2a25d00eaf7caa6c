"""Live cells: each tree is asked by itself. tests/shared/test_suppression.py has the rule."""

from datetime import date

from services.evaluation.suppression import Figure, hidden_figures


def cell(unit: str, above: str, people: int, indicator: str = "OP-01") -> Figure:
    return Figure(indicator, "2026Q3", unit, above, 0, 1000 * people, people, date(2026, 9, 30), 1)


def hidden(*cells: Figure) -> set[str]:
    return {unit for _, _, unit in hidden_figures(cells)}


def test_cells_under_five_are_hidden_with_one_to_subtract_from() -> None:
    """3 of 20 hidden alone would be 20 - 8 - 9: the smaller neighbour hides too."""
    assert hidden(cell("C", "", 20), cell("a", "C", 3), cell("b", "C", 8), cell("c", "C", 9)) == {"a", "b"}


def test_two_small_cells_protect_each_other() -> None:
    assert hidden(cell("C", "", 16), cell("a", "C", 4), cell("b", "C", 3), cell("c", "C", 9)) == {"a", "b"}


def test_people_of_the_parent_alone_are_part_of_what_is_left() -> None:
    """Two people at the district office would be 11 - 9; five would not be told apart from nobody's."""
    assert hidden(cell("C", "", 11), cell("c", "C", 9)) == {"c"}
    assert hidden(cell("C", "", 14), cell("c", "C", 9)) == set()


def test_a_hidden_parent_hides_below_it() -> None:
    assert hidden(cell("C", "", 8), cell("D", "C", 6), cell("E", "C", 2), cell("F", "D", 6)) == {
        "D",
        "E",
        "F",
    }


def test_trees_stand_apart() -> None:
    """Four people of another indicator hide nothing here; its only cell has no one above it."""
    found = hidden_figures([cell("C", "", 9), cell("a", "C", 9), cell("C", "", 4, "OC-05")])
    assert found == {("OC-05", "2026Q3", "C")}
