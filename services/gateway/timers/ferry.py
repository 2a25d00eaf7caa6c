"""On a metered line: takes a region's events from UP to its uplink, in order, within a budget of bytes a day.

The uplink's last message says what was forwarded and what the day has used, and a message is stored
only as its direct successor (`Nats-Expected-Last-Sequence`). So there is nothing to acknowledge:
after a crash, or beside a second replica, the next step is read from there.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import RawStreamMsg
from nats.js.errors import BadRequestError, NotFoundError

from services.gateway.queries import forwarded, region
from services.gateway.queries.broker import Broker, info, message, sequence
from services.gateway.queries.forwarded import DAY, SEQUENCE, USED, Forwarded
from shared.errors import Unavailable
from shared.outage import Outage
from shared.settings import Settings

log = logging.getLogger("steward.gateway")

EXPECTED = "Nats-Expected-"  # what UP was expected to be is not what the uplink is
PAUSE = 1.0  # seconds until it is looked again whether there is something, or a new day
OVERHEAD = 64  # bytes that the protocol adds to a message, about


def real_now() -> datetime:
    """Real time: a line is paid by real days."""
    return datetime.now(UTC)  # lint: not domain time, which can be moved


class Ferry:
    """Forwards what its budget allows."""

    def __init__(
        self, broker: Broker, settings: Settings, now: Callable[[], datetime] = real_now, pause: float = PAUSE
    ) -> None:
        """`now` says which day it is."""
        self._broker = broker
        self._region = settings.instance
        self._uplink = region.uplink(settings)
        self._prefix = f"uplink.{settings.instance}.{settings.epoch}"
        self._limit = settings.uplink_bytes_per_day
        self._now = now
        self._pause = pause

    async def run(self) -> None:
        """Forward until cancelled."""
        outage = Outage(log, "the uplink")
        while True:
            try:
                await self.forward()
                outage.ends()
            except (Unavailable, NatsError, TimeoutError) as error:
                outage.goes_on(type(error).__name__)
            await asyncio.sleep(self._pause)

    async def forward(self) -> int:
        """Forward what there is, as far as the day's budget goes; returns how many events."""
        client = self._broker.client
        last = await message(client, self._uplink, last_by_subj=">")
        place, done = sequence(last), forwarded.of(last)
        if place == 0:  # an emptied stream goes on counting
            found = await info(client, self._uplink)
            place = int(found.state.last_seq) if found else 0
        count = 0
        while (event := await self._following(client, done.sequence)) is not None:
            after = self._counted(done, event)
            if after is None:
                return count
            try:
                ack = await client.jetstream().publish(
                    *self._outgoing(event), headers=_headers(event, after, place), timeout=10
                )
            except BadRequestError:  # somebody else has forwarded it: begin again from what is there
                return count
            if ack.duplicate:  # known by its id, and so behind us: nothing was stored or used
                after = Forwarded(after.sequence, done.day, done.used)
            else:
                place, count = ack.seq, count + 1
            done = after
        return count

    async def _following(self, client: Client, after: int) -> RawStreamMsg | None:
        try:
            return await client.jetstream().get_msg(
                "UP", after + 1, subject=f"steward.{self._region}.up.>", next=True
            )
        except NotFoundError:
            return None

    def _counted(self, done: Forwarded, event: RawStreamMsg) -> Forwarded | None:
        """What is forwarded and used with `event`, None when it is for another day.

        An event above a whole day's budget goes alone, as the first of its day: it would never go else.
        """
        today = self._now().date().isoformat()
        used = done.used if done.day >= today else 0  # a clock set back does not begin a day again
        day = max(done.day, today)
        size = _size(event)
        if used and used + size > self._limit:
            return None
        return Forwarded(int(event.seq or 0), day, used + size)

    def _outgoing(self, event: RawStreamMsg) -> tuple[str, bytes]:
        own = f"steward.{self._region}.up."
        return f"{self._prefix}.{str(event.subject).removeprefix(own)}", event.data or b""


def _size(event: RawStreamMsg) -> int:
    headers = sum(len(name) + len(value) + 4 for name, value in (event.headers or {}).items())
    return len(event.data or b"") + headers + len(event.subject or "") + OVERHEAD


def _headers(event: RawStreamMsg, after: Forwarded, place: int) -> dict[str, Any]:
    return {
        **{name: value for name, value in (event.headers or {}).items() if not name.startswith(EXPECTED)},
        SEQUENCE: str(after.sequence),
        DAY: after.day,
        USED: str(after.used),
        f"{EXPECTED}Last-Sequence": str(place),
    }
