"""What becomes true because its day comes: dated moves, posts that begin or end, people who leave.

The day, or a commit with a day that is past, wakes these timers. All have the usual heartbeat: nothing else
makes work for them but a correction by hand.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.erasure.commands import erased_records as erasing
from services.registry.matching.commands.candidates import compare_next
from services.registry.mcsd.commands.settling import settle
from services.registry.mcsd.commands.shortening import shorten
from services.registry.national.commands import headcount_releases
from services.registry.publication.commands import (
    announce_people,
    announce_units,
    due_people,
    due_units,
    raise_people,
    raise_units,
)
from services.registry.region_transfers.commands import arrivals
from services.registry.retention import commands as retention
from services.registry.units.commands.placements import take_due_places
from shared import clock
from shared.database.engine import raw
from shared.timers import HOUR, Timers

timers = Timers("registry")


@timers.every(seconds=0.5)
async def moves(session: AsyncSession) -> int:
    """Units stand where a dated move puts them from today."""
    return await take_due_places(session)


@timers.every(seconds=0.5)
async def units(session: AsyncSession) -> int:
    """Units whose state says more than before an upgrade are published once more."""
    codes = await due_units(session)
    if codes:
        connection = await raw(session)
        await raise_units(connection, codes)
        await announce_units(connection, codes)
    return len(codes)


@timers.every(seconds=0.5)
async def people(session: AsyncSession) -> int:
    """People whose posts began or ended, or who left, are published as they are now."""
    ids = await due_people(session, clock.today())
    if ids:
        connection = await raw(session)
        await raise_people(connection, ids)
        await announce_people(connection, ids)
    return len(ids)


@timers.every(seconds=0.2)
async def changes(session: AsyncSession) -> int:
    """Changes whose transactions are over have their place in the histories."""
    return await settle(session)


@timers.every(seconds=60)
async def old_changes(session: AsyncSession) -> int:
    """Of changes that are older than histories go, the newest of each record stay on their list."""
    return await shorten(session)


@timers.every(seconds=1)
async def matches(session: AsyncSession) -> int:
    """People who are new or changed are compared with those who are known, a few at a time."""
    return await compare_next(session)


@timers.every(seconds=1)
async def release_figures(session: AsyncSession) -> int:
    """In a federation: release headcounts at the dates of the calendar, and publish what is new in them."""
    return await headcount_releases.release_next(session)


@timers.every(seconds=60, heartbeat=300)
async def erase_again(session: AsyncSession) -> int:
    """What came about while somebody was erased is found a quarter of an hour later."""
    return await erasing.sweep(session)


@timers.every(seconds=HOUR, heartbeat=HOUR)  # it looks at everybody who has left
async def retain(session: AsyncSession) -> int:
    """Contacts of those who left long ago, what old comparisons showed, and arrivals that nobody accepted go.

    A few at a time.
    """
    forgotten = await retention.forget_contacts(session) + await retention.forget_contacts_of_posts(session)
    return forgotten + await retention.forget_comparisons(session) + await arrivals.decline_old(session)
