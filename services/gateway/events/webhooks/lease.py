"""Which replica delivers for a webhook: a key of the bucket that its holder renews, and that ends by itself."""

import time
from uuid import uuid4

import msgspec

from services.gateway.broker import Broker, message, sequence
from services.gateway.events.webhooks.records import EXPECTED, write
from shared.messaging.stream_names import WEBHOOKS, webhook

SECONDS = 15.0


class Held(msgspec.Struct, frozen=True):
    """Who delivers, and until when at the latest, in seconds of Unix time."""

    holder: str
    until: float


class Leases:
    """The leases of this process."""

    def __init__(self, broker: Broker, seconds: float = SECONDS) -> None:
        self._broker = broker
        self._holder = uuid4().hex
        self._seconds = seconds
        self._own: dict[str, tuple[int, float]] = {}  # revision and end by webhook

    async def hold(self, webhook_id: str) -> bool:
        """Take or renew the lease of a webhook; False where another process has it.

        Raises Unavailable `broker-away`; the lease is held until its end then, see `expired`.
        """
        now = time.time()  # lint: leases end in real time
        revision, until = self._own.get(webhook_id, (0, 0.0))
        if until - now > self._seconds / 2:
            return True
        if not revision:
            revision, known = await self._known(webhook_id)
            if known is not None and known.holder != self._holder and known.until > now:
                return False
        return await self._write(webhook_id, revision, now + self._seconds)

    def expired(self, webhook_id: str) -> bool:
        """Whether another process may deliver by now."""
        return time.time() >= self._own.get(webhook_id, (0, 0.0))[1]  # lint: as above

    async def release(self, webhook_id: str) -> None:
        """Let another process take over at once. Raises Unavailable `broker-away`."""
        revision, _ = self._own.pop(webhook_id, (0, 0.0))
        if revision:
            await self._write(webhook_id, revision, 0.0)
            self._own.pop(webhook_id, None)

    async def _known(self, webhook_id: str) -> tuple[int, Held | None]:
        async with self._broker.asking() as client:
            found = await message(client, WEBHOOKS, last_by_subj=webhook("lease", webhook_id))
        if found is None:
            return 0, None
        held = msgspec.json.decode(found.data, type=Held) if found.data else None
        return sequence(found), held

    async def _write(self, webhook_id: str, revision: int, until: float) -> bool:
        body = msgspec.json.encode(Held(self._holder, until))
        async with self._broker.asking() as client:
            subject = webhook("lease", webhook_id)
            stored = await write(client, subject, body, {EXPECTED: str(revision)})
        if stored.error is not None:
            self._own.pop(webhook_id, None)
            return False
        self._own[webhook_id] = (stored.seq, until)
        return True
