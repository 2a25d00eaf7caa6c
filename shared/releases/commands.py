"""Making the release that is due, in the transaction of its caller: a timer, which runs on one replica alone."""

import asyncio

from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.aggregates import Forest, Rule
from shared.releases import due_dates, release_store
from shared.releases.cubes import Cube
from shared.releases.due_dates import Due
from shared.releases.making import Made, make
from shared.releases.population import Population


async def release(
    session: AsyncSession,
    cube: Cube,
    due: Due,
    population: Population,
    forest: Forest,
    rule: Rule | None = None,
) -> Made | None:
    """Judge and store a period's next release; None where it would publish what the latest one does.

    Judging is done in a thread, and others are served meanwhile. It may take minutes for a country: the
    caller holds no lock that anybody waits for. Killed in the middle, nothing is stored, and it is due still.
    """
    past = await release_store.past(session, cube, due.period)
    asked = (cube, due.period, due.as_of, population, forest, past, rule or Rule())
    made = await asyncio.to_thread(make, *asked)
    if made is not None:
        await release_store.add(session, made)
    await due_dates.looked_at(session, cube.name, due.period, due.as_of)
    return made
