"""Who counts in an indicator and a period, as `shared.releases` judges it.

Imported where a release is due, and not before: it takes numpy and the solver with it.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.queries import load_paths
from services.evaluation.indicators.released_cubes import amounts, indicators
from services.evaluation.tables import contribution, directory, profiled_role
from shared import periods
from shared.database.engine import raw
from shared.disclosure.aggregates import Forest
from shared.disclosure.measures import Key
from shared.events.framework import LEVELS
from shared.releases import release_store
from shared.releases.population import Population, Row, cells, tree


async def read(session: AsyncSession, cube: str, period: str) -> tuple[Population, Forest]:
    """Who counts in a period at this moment, and the cells of its tree.

    Beside the units in which somebody counts, the tree has those in which somebody could: with a post whose role
    has a profile. That nobody of such a unit counts would tell of the few who have its posts.
    """
    population = Population()
    async for piece in release_store.pieces(session, _shares(cube, period)):
        population.add(_row(cube, row) for row in piece)
    posts = (await session.scalars(_posts(*periods.bounds(period)))).all()
    staffed = {*population.keys, *(Key(unit) for unit in posts)}
    units = sorted(key.unit for key in staffed)
    paths = await load_paths(await raw(session), units)
    known = sorted({paths.at(unit, period) for unit in units}, key=lambda path: (-len(path), path))
    return population, cells(tree(known), [""], staffed)


def _row(cube: str, row: Any) -> Row:
    person, unit, source, *figures = row
    shares = list(zip(figures[::2], figures[1::2], strict=True))
    return person, source, Key(unit), amounts(cube, shares)


def _shares(cube: str, period: str) -> sa.Select[Any]:
    """A row for each person, with numerator and denominator of each indicator of the cube.

    What stands beside an indicator follows from the same, and counts at the same unit. Shares without a source are
    in no release: they are measured before the next one, and what they count in is not in a first one.
    """
    column, codes = contribution.c, indicators(cube)
    figures = [
        sa.func.max(figure).filter(column.indicator == code)
        for code in codes
        for figure in (column.numerator, column.denominator)
    ]
    one = (column.person_id, sa.func.min(column.unit_code), sa.func.min(column.source), *figures)
    counted = (column.period == period) & column.indicator.in_(codes) & column.source.is_not(None)
    return sa.select(*one).where(counted).group_by(column.person_id).order_by(column.person_id)


def _posts(first: date, last: date) -> sa.Select[Any]:
    """Units with a leadership and management post on a day of a period; with any, before profiles are known."""
    post, role = directory.post.c, profiled_role.c
    during = (post.valid_from <= last) & (post.valid_to.is_(None) | (post.valid_to >= first))
    profiled = (role.valid_from <= last) & (role.valid_to.is_(None) | (role.valid_to >= first))
    leads = sa.exists().where(role.role_code == post.role_code, profiled)
    anything = sa.exists().where(role.version.is_not(None))
    # As `shared.leadership.is_leadership_post`, of any day of the period.
    is_one = post.level.in_(LEVELS) & (leads | ~anything)
    return sa.select(post.unit_code).where(during, is_one).distinct()
