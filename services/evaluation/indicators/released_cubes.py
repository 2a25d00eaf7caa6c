"""What is released of each indicator: people, numerator and denominator, and what is judged in their place.

An indicator is a cube of its own, since a person may count for each at another unit; what stands beside it is in
the same one. Numerators and denominators are whole numbers, the numerator of OC-02 in thousandths of a point. A
denominator that is the number of people is not listed twice.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from services.evaluation.facts.shares import THOUSAND
from services.evaluation.indicators.computed import COMPUTED
from services.evaluation.indicators.outcomes import BESIDE
from shared.disclosure.measures import Measure
from shared.events.release_parts import IndicatorReleasePublished
from shared.releases.cubes import Cube, number_of_people

# On the scale of scores, on which a group must be 201 from both ends: five gaps of ten, 20 hours of 40.
GAP, GAPS = 41, 410
HOUR, HOURS = 10, 400
POINT = THOUSAND  # a percentage point, of which there are 200 from the lowest to the highest gain


class Column(NamedTuple):
    """A figure of an indicator by the end of its name, with its scale, its whole, and what is judged for it."""

    name: str
    lowest: int = 0
    highest: int = 0
    within: str | None = None
    judged_by: str | None = None


class Figures(NamedTuple):
    """The columns of an indicator, and how numerator and denominator in thousandths become their amounts."""

    columns: tuple[Column, ...]
    amounts: Callable[[int, int], Sequence[int]]


PEOPLE = Column("people")  # on a scale of its own


def _whole(thousandths: int) -> int:
    return thousandths // THOUSAND


def _proportion(numerator: int, _: int) -> Sequence[int]:
    return 1, _whole(numerator)


def _gain(numerator: int, _: int) -> Sequence[int]:
    """Half points from -100, the last one open: a move of them is one of the exact gain."""
    return 1, min((numerator + 100 * POINT) // (POINT // 2), 399), numerator


def _rating(numerator: int, denominator: int) -> Sequence[int]:
    """The mean of a person's own ratings, in hundredths."""
    return 1, 100 * numerator // denominator, _whole(numerator), _whole(denominator)


def _done(numerator: int, denominator: int) -> Sequence[int]:
    """Whether half of it was done: then one less may have been, otherwise one more, of the same number."""
    return 1, int(2 * numerator >= denominator), _whole(numerator), _whole(denominator)


def _amounts(one: int, highest: int) -> Callable[[int, int], Sequence[int]]:
    def amounts(numerator: int, denominator: int) -> Sequence[int]:
        both = (numerator, denominator - numerator)
        judged = (min(_whole(part * one), highest) for part in both)
        return 1, *judged, _whole(numerator), _whole(denominator)

    return amounts


def _two_amounts(highest: int) -> tuple[Column, ...]:
    return (
        PEOPLE,
        Column("amount", 0, highest, within="people"),
        Column("rest", 0, highest, within="amount"),
        Column("numerator", judged_by="amount"),
        Column("denominator", judged_by="rest"),
    )


def _one(lowest: int, highest: int, *published: str) -> tuple[Column, ...]:
    judged = Column("judged", lowest, highest, within="people")
    return (PEOPLE, judged, *(Column(name, judged_by="judged") for name in published))


_PROPORTION = Figures((PEOPLE, Column("numerator", 0, 1, within="people")), _proportion)
_FIGURES = {
    **dict.fromkeys(("OP-01", "OP-04", "OC-03", "OC-05"), _PROPORTION),
    "OP-05": Figures(_one(0, 1, "numerator", "denominator"), _done),
    "OP-06": Figures(_two_amounts(HOURS), _amounts(HOUR, HOURS)),
    "OC-01": Figures(_one(100, 500, "numerator", "denominator"), _rating),
    "OC-02": Figures(_one(0, 399, "numerator"), _gain),
    "OC-04": Figures(_two_amounts(GAPS), _amounts(GAP, GAPS)),
}
# A window of two years: who is covered in one quarter is covered by the same assessment in the next.
_OVERLAPPING = frozenset({"OP-01"})


def indicators(cube: str) -> tuple[str, ...]:
    """The indicators of a cube: its own, and the one that stands beside it."""
    return (cube, BESIDE[cube]) if cube in BESIDE else (cube,)


def amounts(cube: str, shares: Sequence[tuple[int | None, int | None]]) -> list[int | None]:
    """A person's amounts, of the numerator and denominator of each indicator in thousandths; None: no share."""
    columns, of_share = _FIGURES[cube]
    found: list[int | None] = []
    for numerator, denominator in shares:
        if numerator is None or denominator is None:
            found += [None] * len(columns)
        else:
            found += of_share(numerator, denominator)
    return found


def _cube(name: str) -> Cube:
    measures: list[Measure] = []
    within, judged_by = dict[str, str](), dict[str, str]()
    for code in indicators(name):
        for column in _FIGURES[name].columns:
            figure = f"{code} {column.name}"
            scale = Measure(figure, column.lowest, column.highest)
            measures.append(number_of_people(figure) if column is PEOPLE else scale)
            if column.within:
                within[figure] = f"{code} {column.within}"
            if column.judged_by:
                judged_by[figure] = f"{code} {column.judged_by}"
        if code != name:  # it is never shown alone
            within[f"{code} people"] = f"{name} people"
    return Cube(
        name, tuple(measures), within, judged_by, name in _OVERLAPPING, event=IndicatorReleasePublished
    )


CUBES = {name: _cube(name) for name in COMPUTED}
