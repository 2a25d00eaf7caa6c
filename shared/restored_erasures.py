"""Whoever was erased is erased again after a database came back from a backup, before it serves anybody.

The broker remembers erasures in a stream of their own, which is no part of a database's backup. A new epoch says
that there was a restoration; without one nothing is asked of the broker, and nothing waits for it.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Set
from uuid import UUID

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import NotFoundError
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import Database
from shared.events import envelope
from shared.events.registry import PersonErased
from shared.federation import epochs
from shared.messaging.broker import connected
from shared.messaging.stream_names import ERASURES
from shared.settings import Settings

log = logging.getLogger("steward.erasures")
Repeat = Callable[[AsyncSession, PersonErased, Set[UUID]], Awaitable[None]]

AGAIN = 1.0  # seconds until the broker is asked again
_DECODER = envelope.decoder(PersonErased)


def step(settings: Settings, repeat: Repeat) -> Callable[[Database], Awaitable[None]]:
    """A start-up step of `shared.app.build`, before that which enters the new epoch: a crash repeats both.

    `repeat` erases one person, given the ids of everybody who was, and is safe to repeat; each is a transaction of
    its own.
    """

    async def erase_again(database: Database) -> None:
        async with database.reading() as session:
            if not await epochs.is_new(session, settings):
                return
        client = await connected(settings, asyncio.Event())
        try:
            events = [event async for event in remembered(client)]
            everybody = {UUID(event.person_id) for event in events}
            for event in events:
                async with database.session() as session:
                    await repeat(session, event, everybody)
            log.warning("erased %d people again after a restoration", len(events))
        finally:
            await client.close()

    return erase_again


async def remembered(client: Client) -> AsyncGenerator[PersonErased, None]:
    """Every erasure that the broker remembers, oldest first; waits while it does not answer."""
    jetstream, place = client.jetstream(), 1
    while True:
        try:
            message = await jetstream.get_msg(ERASURES, place, ">", direct=True, next=True)
        except NotFoundError:
            return
        except (NatsError, OSError, TimeoutError) as error:
            log.warning("waiting for the broker's erasures (%s)", type(error).__name__)
            await asyncio.sleep(AGAIN)
            continue
        place = (message.seq or place) + 1
        yield _DECODER.decode(message.data or b"").data
