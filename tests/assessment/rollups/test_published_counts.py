"""What a roll-up tells of people below target says of nobody else how they were rated."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.rollups.commands.rollup_events import item
from shared.events.framework import COMPETENCIES

SCORED = len(COMPETENCIES)


def told(people: int, below: list[int]) -> list[int | None]:
    """What is told of these numbers below target, one for each of the first competencies."""
    padded = below + [0] * (SCORED - len(below))
    row = {
        "unit_code": "F1", "period": "2026Q4", "level": "B", "version": 1, "moved": [1] * (1 + SCORED),
        "people": people, "counts": [people] * SCORED, "sums": [300 * people] * SCORED, "below": padded,
    }  # fmt: skip
    return item(row).below[: len(below)]


@pytest.mark.parametrize(
    ("people", "below", "shown"),
    [
        (8, 0, None),
        (8, 8, None),
        (8, 3, None),
        (9, 5, None),
        (10, 5, 5),
        (12, 5, 5),
        (12, 8, None),
        (30, 0, None),
    ],
)
def test_people_below_target_are_told_where_five_are_and_five_are_not(
    people: int, below: int, shown: int | None
) -> None:
    assert told(people, [below]) == [shown]


@given(st.data())
def test_how_many_reach_every_target_does_not_follow(data: st.DataObject) -> None:
    """OC-05 counts them over all levels: known at one, the rest, who may be three, would be known as well.

    Roles with one critical competency alone are not covered, see decision 5.
    """
    people = data.draw(st.integers(5, 16))
    keys = data.draw(st.integers(2, 3))
    below = [data.draw(st.integers(0, people)) for _ in range(keys)]
    possible: set[int] = set()
    for numbers in product(*(guesses(people, shown) for shown in told(people, below))):
        possible.update(range(max(0, people - sum(numbers)), people - max(numbers) + 1))
    assert len(possible) > 1


def guesses(people: int, shown: int | None) -> list[int]:
    """The numbers below target that a reader must hold possible."""
    if shown is not None:
        return [shown]
    return [number for number in range(people + 1) if min(number, people - number) < 5]
