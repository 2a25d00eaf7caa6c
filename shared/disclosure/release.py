"""The release that follows another one, of judged figures. Pure; what a release is says `document.py`."""

from collections.abc import Iterator, Mapping
from datetime import date

from shared.disclosure.aggregates import Tabulation, sums
from shared.disclosure.document import Cell, Release
from shared.disclosure.measures import Measure


def release(
    cube: str,
    period: str,
    as_of: date,
    figures: Mapping[Measure, Tabulation],
    after: Release | None = None,
) -> Release:
    """The release of judged figures that follows `after`; at the same period and a later date it corrects it."""
    cells = sorted(cell for measure, tabulation in figures.items() for cell in _cells(tabulation, measure))
    number = after.number + 1 if after else 1
    return Release(cube, period, as_of, number, after.number if after else None, tuple(cells))


def _cells(tabulation: Tabulation, measure: Measure) -> Iterator[Cell]:
    tree = tabulation.forest
    own = sums(tabulation.shares, measure, len(tree.keys))
    people, total = tree.totals(own.people).tolist(), tree.totals(own.total(measure)).tolist()
    possible = (tree.totals(tree.staffed.astype("int64")) > 0).tolist()
    for place, (key, shown) in enumerate(zip(tree.keys, tabulation.shown.tolist(), strict=True)):
        if shown:
            yield Cell(key.unit, key.level, measure.name, people[place], total[place])
        elif possible[place] or people[place]:
            yield Cell(key.unit, key.level, measure.name, None, None)
