"""Cells with everything that decides whether they may be shown."""

from collections.abc import Sequence

from services.evaluation.suppression import Figure
from shared.database import Connection

# The groups of siblings from each wanted cell up to the root, and the wanted cells' own children.
_GROUPS = """
with recursive wanted as (
    select * from unnest($1::text[], $2::text[], $3::text[]) as wanted(indicator, period, unit_code)
), up as (
    select indicator, period, unit_code, parent_code
    from indicator_value join wanted using (indicator, period, unit_code)
    union
    select v.indicator, v.period, v.unit_code, v.parent_code
    from up join indicator_value v
        on (v.indicator, v.period, v.unit_code) = (up.indicator, up.period, up.parent_code)
), groups as (
    select indicator, period, parent_code from up
    union
    select indicator, period, unit_code from wanted
)
select indicator, period, unit_code, parent_code, numerator, denominator, people, as_of, version
from indicator_value join groups using (indicator, period, parent_code)
where people > 0
"""
# A hidden cell has the first day of its quarter: the last day on which something changed in it is somebody's.
_PUBLISHED = """
select indicator, period, unit_code, parent_code, coalesce(published_numerator, 0),
    coalesce(published_denominator, 0), coalesce(published_people, 0),
    coalesce(published_as_of, make_date(left(period, 4)::int, 3 * right(period, 1)::int - 2, 1)), published_version
from indicator_value join unnest($1::text[], $2::text[], $3::text[]) as wanted(indicator, period, unit_code)
    using (indicator, period, unit_code)
"""


async def load_groups(connection: Connection, cells: Sequence[tuple[str, str, str]]) -> list[Figure]:
    """Cells of whole sibling groups around `cells` (indicator, period, unit); nobody's cells left out.

    A facility's answer reads its siblings on four levels, some 100 to 200 rows.
    """
    columns = [list(column) for column in zip(*cells, strict=True)] or [[], [], []]
    return [Figure(*row) for row in await connection.fetch(_GROUPS, *columns)]


async def load_published(connection: Connection, cells: Sequence[tuple[str, str, str]]) -> list[Figure]:
    """Cells as they were when last published, all zero where they never were; what is shown was judged then."""
    columns = [list(column) for column in zip(*cells, strict=True)] or [[], [], []]
    return [Figure(*row) for row in await connection.fetch(_PUBLISHED, *columns)]
