"""A bridge forwards events from a stream in one account of the broker to a stream in another, in order and once.

Each event carries the sequence that it had in the source (`forwarded`). The target stores it only directly
after the last one (`Nats-Expected-Last-Sequence`). So nothing is acknowledged: after a crash, and with two
replicas, the last message of the target says where to go on. On a metered line a bridge stays within the
day's budget.
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import StreamInfo
from nats.js.errors import APIError, BadRequestError

from services.gateway.broker import Broker, Stored, direct, following, header, put, sequence
from services.gateway.federation import forwarded
from services.gateway.federation.bridge_routes import Route
from services.gateway.federation.forwarded import Forwarded
from shared.federation.protocol import DAY, SEQUENCE, SINCE, USED, api
from shared.messaging.stream_names import EVENT_ID

EXPECTED = "Nats-Expected-Last-Sequence"
NOT_THE_LAST = 10071  # what JetStream answers where somebody else was faster
AGAIN = 10.0  # seconds until an idle bridge looks whether its streams are still the same
OVERHEAD = 64  # bytes that the protocol adds to a message, about


def real_now() -> datetime:
    """Real time: a line is paid by real days."""
    return datetime.now(UTC)  # lint: not domain time, which can be moved


class Known(NamedTuple):
    """The last sequence of the other stream, and how far the bridge had come then."""

    place: int
    done: Forwarded


class Bridge:
    """One bridge, and how far it has come."""

    def __init__(
        self, broker: Broker, route: Route, limit: int = 0, now: Callable[[], datetime] = real_now
    ) -> None:
        """`limit` is the budget of a day in bytes, 0 for none; `now` says which day it is."""
        self._broker = broker
        self._route = route
        self._limit = limit
        self._now = now
        self._known: Known | None = None  # None: to be read from where the last one is
        self._connection: tuple[Client, int] | None = None
        self._looked = 0.0

    async def forward(self) -> int:
        """Take over what there is, as far as the day's budget goes; returns how many events.

        Raises what a broker does that is away or refuses.
        """
        count = 0
        while (stored := await self.step()) is not None:
            count += stored
        return count

    async def step(self) -> int | None:
        """Take over a batch; how many of its events were stored, None where there is nothing to do.

        Raises BadRequestError where the other stream refuses what it is to store.
        """
        way, client = self._route, self._broker.client
        known = await self._current(client)
        events = await following(client, way.stream, known.done.sequence, way.takes, where=way.source)
        outgoing = self._allowed(known.done, events)
        if not outgoing:
            self._known = known
            return None
        if await self._place(client) != known.place:
            return 0  # somebody else has put something there: begin again from what there is
        try:
            self._known = await self._put(known, outgoing)
        except BadRequestError as refused:
            if refused.err_code != NOT_THE_LAST:
                raise
            return None
        return self._known.place - known.place

    async def _current(self, client: Client) -> Known:
        """How far the target is. Read again after a failure, on a new connection, and every ten seconds.

        The server may have been restored from a backup meanwhile, or a stream deleted and made again.
        """
        known, self._known = self._known, None
        connection, self._connection = self._connection, (client, client.stats["reconnects"])
        now = time.monotonic()
        if known is None or connection != self._connection or now - self._looked > AGAIN:
            known, self._looked = await self._read(client), now
        return known

    async def _read(self, client: Client) -> Known:
        """The place comes first: what is stored between the two makes it an old one, and is noticed."""
        way, place = self._route, await self._place(client)
        since = str((await _info(client, way.source, way.stream)).created or "")
        done = forwarded.of(await direct(client, way.into, where=way.target, last_by_subj=way.takes))
        if done.since not in ("", since):
            done = done._replace(sequence=0)  # those of a stream that is no more
        return Known(place, done._replace(since=since))

    async def _place(self, client: Client) -> int:
        """The last sequence of the other stream. Raises NotFoundError where there is none yet."""
        return int((await _info(client, self._route.target, self._route.into)).state.last_seq)

    def _allowed(self, done: Forwarded, events: Sequence[Msg]) -> list[tuple[Msg, Forwarded]]:
        """Each event that may go now with what is forwarded and used after it."""
        found: list[tuple[Msg, Forwarded]] = []
        for event in events:
            after = self._counted(done, event)
            if after is None:
                break
            found.append((event, after))
            done = after
        return found

    def _counted(self, done: Forwarded, event: Msg) -> Forwarded | None:
        """What is forwarded and used with `event`, None when it is for another day.

        An event above a whole day's budget goes alone, as the first of its day: it would never go else.
        A clock set back by hours does not begin a day again; a day further ahead was of a wrong clock.
        """
        if not self._limit:
            return done._replace(sequence=sequence(event), day="", used=0)
        today = self._now().date()
        last = date.fromisoformat(done.day) if done.day else date.min
        day, used = (last, done.used) if today <= last <= today + timedelta(days=1) else (today, 0)
        size = _size(event)
        if used and used + size > self._limit:
            return None
        return done._replace(sequence=sequence(event), day=day.isoformat(), used=used + size)

    async def _put(self, known: Known, outgoing: Sequence[tuple[Msg, Forwarded]]) -> Known:
        """Store events one behind the other; how far that came. Raises BadRequestError."""
        messages = [
            (
                self._route.renamed(_subject(event)),
                event.data,
                _headers(event, after, known.place + number),
            )
            for number, (event, after) in enumerate(outgoing)
        ]
        answers = await put(self._broker.client, messages)
        return _reached(known, [after for _, after in outgoing], answers)


def _reached(known: Known, afters: Sequence[Forwarded], answers: Sequence[Stored]) -> Known:
    """How far the target is, by the answers up to the first event that was not stored.

    An event whose id the target has already was not stored and used no budget; those after it have to be put
    again. Raises the error with which the first event was refused.
    """
    for after, answer in zip(afters, answers, strict=True):
        if answer.error is not None:
            if after is afters[0]:
                APIError.from_error(answer.error)  # raises
            break
        if answer.duplicate:
            return Known(known.place, known.done._replace(sequence=after.sequence))
        known = Known(known.place + 1, after)
    return known


async def _info(client: Client, where: str, stream: str) -> StreamInfo:
    return await client.jetstream(prefix=api(where)).stream_info(stream)


def _subject(event: Msg) -> str:
    return header(event, "Nats-Subject")


def _size(event: Msg) -> int:
    named = header(event, EVENT_ID)
    text = len(EVENT_ID) + len(named) + 4 if named else 0
    return len(event.data) + text + len(_subject(event)) + OVERHEAD


def _headers(event: Msg, after: Forwarded, place: int) -> dict[str, str]:
    """The event's id and where it was; no other header of the other side is taken over."""
    known = {EVENT_ID: header(event, EVENT_ID), SEQUENCE: str(after.sequence), SINCE: after.since}
    if after.day:
        known |= {DAY: after.day, USED: str(after.used)}
    return {name: value for name, value in known.items() if value} | {EXPECTED: str(place)}
