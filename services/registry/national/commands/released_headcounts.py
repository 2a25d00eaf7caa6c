"""Who works where on a day, as `shared.releases` judges it: people, and women among them, by unit and level.

Imported where a release is due, and not before: it takes numpy and the solver with it.
"""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.headcount_releases import CUBE as NAME
from services.registry.tables.headcount_releases import PEOPLE, WOMEN
from services.registry.tables.people import person, post
from services.registry.tables.units import role, unit
from shared.disclosure.aggregates import Forest
from shared.disclosure.measures import Key, Measure
from shared.events.framework import LEVELS
from shared.events.release_parts import HeadcountReleasePublished
from shared.releases import release_store
from shared.releases.cubes import Cube, number_of_people
from shared.releases.population import Population, Row, cells, tree

CUBE = Cube(
    NAME,
    (number_of_people(PEOPLE), Measure(WOMEN, 0, 1)),
    within={WOMEN: PEOPLE},
    overlapping=True,
    event=HeadcountReleasePublished,
)


async def read(session: AsyncSession, day: date) -> tuple[Population, Forest]:
    """Who had a primary post on a day, as far as it is known now, and the cells of today's tree.

    Beside the units in which somebody counts, the tree has those in which anybody ever had a post, unless they
    were closed by then. That nobody is there now would tell of the few who left.
    """
    population = Population()
    async for piece in release_store.pieces(session, _primary_posts(day)):
        population.add(map(_row, piece))
    posts = (await session.execute(_posts(day))).all()
    staffed = {*population.keys, *(Key(row.unit_code, row.level) for row in posts)}
    units = {key.unit for key in staffed}
    found_paths = await session.execute(sa.select(unit.c.unit_code, unit.c.path))
    paths = sorted(tuple(path) for code, path in found_paths if code in units)
    return population, cells(tree(paths), LEVELS, staffed)


def _row(row: Any) -> Row:
    """A person's share follows from nothing that may change, but for a correction of what is recorded of them."""
    return row.person_id, "", Key(row.unit_code, row.level), [1, int(row.sex == "female")]


def _primary_posts(day: date) -> sa.Select[Any]:
    """A row for each active person with a post: that which `primary_post` says is the primary one of the day.

    Who leads nobody there is in no headcount.
    """
    held = (post.c.valid_from <= day) & (post.c.valid_to.is_(None) | (post.c.valid_to >= day))
    active = person.c.deactivated_on.is_(None) | (person.c.deactivated_on > day)
    rank = (sa.not_(post.c.primary_claim), post.c.acting, post.c.valid_from, post.c.post_id)
    found = sa.select(post.c.person_id, post.c.unit_code, role.c.level, person.c.sex)
    joined = post.join(role, role.c.role_code == post.c.role_code).join(
        person, person.c.person_id == post.c.person_id
    )
    one_each = found.select_from(joined).where(held, active).ext(distinct_on(post.c.person_id))
    primary = one_each.order_by(post.c.person_id, *rank).subquery()
    return sa.select(primary).where(primary.c.level.is_not(None)).order_by(primary.c.person_id)


def _posts(day: date) -> sa.Select[Any]:
    """Units and levels in which anybody had a post up to a day, without those that are closed."""
    joined = post.join(role, role.c.role_code == post.c.role_code).join(
        unit, unit.c.unit_code == post.c.unit_code
    )
    is_open = unit.c.closed_on.is_(None) | (unit.c.closed_on > day)
    found = sa.select(post.c.unit_code, role.c.level).select_from(joined)
    return found.where(post.c.valid_from <= day, is_open, role.c.level.is_not(None)).distinct()
