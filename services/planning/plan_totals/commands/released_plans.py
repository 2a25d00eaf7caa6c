"""Who has plans in a period, as `shared.releases` judges it.

Imported where a release is due, and not before: it takes numpy and the solver with it.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.planning.plan_totals.commands.plan_cubes import CUBES, amounts
from services.planning.plan_totals.commands.plan_facts import FIGURES_BY_CUBE, OF_PLANS, facts
from services.planning.tables import directory
from shared import clock, periods
from shared.disclosure.aggregates import Forest
from shared.disclosure.measures import Key
from shared.releases import release_store
from shared.releases.population import Population, cells, tree

Parents = Mapping[str, str | None]


async def read(
    session: AsyncSession, period: str, earlier: Parents | None = None
) -> tuple[dict[str, Population], Forest]:
    """Who counts in a period at this moment, for each cube by its name, and the cells of its tree.

    A quarter that is over stays in the tree in which it was released last, or in the `earlier` one before that.

    Beside the units in which somebody counts, the tree has those in which somebody could: with a post. That
    nobody of such a unit counts would tell of the few who have its posts.
    """
    populations = {cube: Population() for cube in CUBES}
    async for piece in release_store.pieces(session, _people(period)):
        _add(populations, piece)
    units = {key.unit for population in populations.values() for key in population.keys}
    units |= set(await session.scalars(_posts(*periods.bounds(period))))
    over = period < periods.of(clock.today())
    known = (await release_store.latest_tree(session, CUBES, period) or earlier or {}) if over else {}
    paths = {unit: tuple(path) for unit, path in await session.execute(_PATHS) if unit in units}
    new = (paths.get(unit, (unit,)) for unit in units if unit not in known)
    ordered = sorted(new, key=lambda path: (-len(path), path))
    return populations, cells(tree(ordered, known), [""], {Key(unit) for unit in units})


_PATHS = sa.select(directory.unit.c.unit_code, directory.unit.c.path)


def _add(populations: Mapping[str, Population], rows: Any) -> None:
    for person, unit, *columns in rows:
        figures: dict[str, int | None] = dict(zip(OF_PLANS, columns[: len(OF_PLANS)], strict=True))
        plans = dict(zip(OF_PLANS, columns[len(OF_PLANS) :], strict=True))
        for cube, population in populations.items():
            source = " / ".join(_named(plans[figure]) for figure in FIGURES_BY_CUBE[cube])
            population.add([(person, source, Key(unit), amounts(cube, figures))])


def _named(plans: list[UUID] | None) -> str:
    """The plans that a figure of somebody follows from; another plan makes another share."""
    return " ".join(sorted(map(str, plans or ())))


def _people(period: str) -> sa.Select[Any]:
    """A row for each person: the unit of the newest plan, the figures, and the plans that each follows from."""
    fact = facts().c
    newest = aggregate_order_by(fact.unit_code, fact.assessed_at.desc(), fact.plan_id.asc())
    unit = sa.func.array_agg(newest, type_=ARRAY(sa.Text))[1]
    figures = [sa.func.sum(fact.amount).filter(fact.figure == one) for one in OF_PLANS]
    plans = [sa.func.array_agg(fact.plan_id.distinct()).filter(fact.figure == one) for one in OF_PLANS]
    during = fact.day.between(*periods.bounds(period))
    found = sa.select(fact.person_id, unit, *figures, *plans)
    return found.where(during).group_by(fact.person_id).order_by(fact.person_id)


def _posts(first: date, last: date) -> sa.Select[Any]:
    """Units with a post on a day of a period."""
    post = directory.post.c
    during = (post.valid_from <= last) & (post.valid_to.is_(None) | (post.valid_to >= first))
    return sa.select(post.unit_code).where(during).distinct()
