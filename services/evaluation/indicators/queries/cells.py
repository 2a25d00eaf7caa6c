"""Cells of indicator values, live or as they were last published."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from shared import periods
from shared.database.engine import Connection

Key = tuple[str, str, str]  # indicator, period, unit

_LIVE = """
select indicator, period, unit_code, numerator, denominator, people, as_of, version, true as live
from indicator_value join unnest($1::text[], $2::text[], $3::text[]) as wanted(indicator, period, unit_code)
    using (indicator, period, unit_code)
where people > 0
"""
_PUBLISHED = """
select indicator, period, unit_code, coalesce(published_numerator, 0), coalesce(published_denominator, 0),
    coalesce(published_people, 0),
    coalesce(published_as_of, make_date(left(period, 4)::int, 3 * right(period, 1)::int - 2, 1)),
    greatest(published_version, 1), people
from indicator_value join unnest($1::text[], $2::text[], $3::text[]) as wanted(indicator, period, unit_code)
    using (indicator, period, unit_code)
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as a reader has it: figures in thousandths, nobody where it is hidden."""

    indicator: str
    period: str
    unit_code: str
    numerator: int
    denominator: int
    people: int
    as_of: date
    version: int
    live: bool = False

    @property
    def cell(self) -> Key:
        """What identifies it: indicator, period, unit."""
        return self.indicator, self.period, self.unit_code


def hidden(figure: Figure) -> Figure:
    """The cell without figures, as one that was never published.

    It has the first day of its quarter: the last day on which something changed in it is somebody's.
    """
    first = periods.bounds(figure.period)[0]
    return replace(figure, numerator=0, denominator=0, people=0, as_of=first, version=1)


async def load_live(connection: Connection, cells: Sequence[Key]) -> dict[Key, Figure]:
    """Cells as they are now; nobody's are left out."""
    figures = [Figure(*row) for row in await connection.fetch(_LIVE, *_columns(cells))]
    return {figure.cell: figure for figure in figures}


async def load_published(
    connection: Connection, cells: Sequence[Key]
) -> tuple[dict[Key, Figure], dict[Key, int]]:
    """Cells as they were last published, hidden where they never were; and how many people each has now."""
    figures, people = dict[Key, Figure](), dict[Key, int]()
    for *values, now in await connection.fetch(_PUBLISHED, *_columns(cells)):
        figure = Figure(*values)
        figures[figure.cell], people[figure.cell] = figure, now
    return figures, people


def _columns(cells: Sequence[Key]) -> list[list[str]]:
    return [list(column) for column in zip(*cells, strict=True)] or [[], [], []]
