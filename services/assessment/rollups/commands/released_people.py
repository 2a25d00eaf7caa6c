"""Who counts in a period, as `shared.releases` judges it: people, scores, and people below target.

Imported where a release is due, and not before: it takes numpy and the solver with it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables import directory
from services.assessment.tables.frameworks import role_profile
from services.assessment.tables.rollups import counted
from shared import periods
from shared.disclosure.aggregates import Forest
from shared.disclosure.measures import Key
from shared.events.framework import LEVELS
from shared.releases import release_store
from shared.releases.population import Population, Row, cells, tree


async def read(session: AsyncSession, period: str) -> tuple[Population, Forest]:
    """Who counts in a period at this moment, and the cells of its tree.

    Beside the units in which somebody counts, the tree has those in which somebody could: with a post that
    is assessed. That nobody of such a unit counts would tell of the few who have its posts.
    """
    population, paths = Population(), set[tuple[str, ...]]()
    people = sa.select(counted).where(counted.c.period == period).order_by(counted.c.person_id)
    async for piece in release_store.pieces(session, people):
        population.add(map(_row, piece))
        paths |= {tuple(row.path) for row in piece}
    posts = (await session.execute(_posts(*periods.bounds(period)))).all()
    staffed = {*population.keys, *(Key(row.unit_code, row.level) for row in posts)}
    # The tree in which people count goes before the one of today.
    parents = tree([*_longest_first(paths), *_longest_first({tuple(row.path) for row in posts})])
    return population, cells(parents, LEVELS, staffed)


def _row(row: Any) -> Row:
    scored = [None if score is None else int(score) for score in row.scores]
    below = [
        None if score is None else int(score < target)
        for score, target in zip(scored, row.targets, strict=True)
    ]
    return row.person_id, str(row.assessment_id), Key(row.unit_code, row.level), [1, *scored, *below]


def _posts(first: date, last: date) -> sa.Select[Any]:
    """Units and levels of the posts that are assessed, of a period's days."""
    post, unit = directory.post.c, directory.unit.c
    joined = directory.post.join(directory.unit, post.unit_code == unit.unit_code).join(
        role_profile, role_profile.c.role_code == post.role_code
    )
    during = (post.valid_from <= last) & (post.valid_to.is_(None) | (post.valid_to >= first))
    return sa.select(post.unit_code, post.level, unit.path).select_from(joined).where(during).distinct()


def _longest_first(paths: set[tuple[str, ...]]) -> Iterator[Sequence[str]]:
    """In an order of their own. A unit whose parents are not known yet stands on a path of itself alone."""
    return iter(sorted(paths, key=lambda path: (-len(path), path)))
