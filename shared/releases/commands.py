"""Making the release that is due, in the transaction of its caller: a timer, which runs on one replica alone."""

import asyncio
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.aggregates import Forest
from shared.disclosure.measures import Rule
from shared.releases import document_events, due_dates, release_store
from shared.releases.cubes import Cube
from shared.releases.due_dates import Due
from shared.releases.judging import judged
from shared.releases.making import Keys, Made, first
from shared.releases.population import Population

# A server may end a transaction in which nothing was asked for a minute. Between statements this one keeps no
# snapshot, so that it holds up no clean-up either.
_PATIENT = sa.text("set local idle_in_transaction_session_timeout = 0")


async def release(
    session: AsyncSession,
    cube: Cube,
    due: Due,
    population: Population,
    forest: Forest,
    rule: Rule | None = None,
) -> Made | None:
    """Judge and store a period's next release; None where it would publish what the latest one does.

    Others are served while it is judged, which may take minutes for a country: the caller holds no lock that
    anybody waits for. Killed in the middle, nothing is stored, and it is due still.
    """
    past = await release_store.past(session, cube, due.period)
    asked = (cube, due.period, due.as_of, population, forest, past, rule or Rule())
    await session.execute(_PATIENT)
    made = await judged(asked, population, past)
    if made is not None:
        await _store(session, cube, made)
    await due_dates.looked_at(session, cube.name, due.period, due.as_of)
    return made


async def begin(
    session: AsyncSession,
    cube: Cube,
    due: Due,
    population: Population,
    forest: Forest,
    shown: Mapping[str, Keys],
    rule: Rule | None = None,
) -> Made:
    """Store what was published before there were releases as the first release of its period.

    Of periods that overlap shares have the numbers that releases of the others gave them. With a `rule` it is
    judged, otherwise it shows all that it is told.
    """
    past = await release_store.past(session, cube, due.period)
    await session.execute(_PATIENT)
    asked = (cube, due.period, due.as_of, population, forest, shown, past, rule)
    made = await asyncio.to_thread(first, *asked)
    await _store(session, cube, made)
    return made


async def _store(session: AsyncSession, cube: Cube, made: Made) -> None:
    document = made.release.canonical()
    await release_store.add(session, made, document)
    if cube.event is not None:
        await document_events.publish(session, cube.event, made.release, document)
