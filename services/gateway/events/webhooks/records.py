"""Subscriptions: who wants which events where, and how it goes. Records of a key-value bucket of the broker."""

import asyncio
from enum import StrEnum
from uuid import uuid4

import msgspec
from nats.aio.client import Client

from services.gateway.broker import RETRY_AFTER, Broker, Stored, following, message, put, sequence
from services.gateway.events.webhooks.signing import Secret
from shared.auth.event_readers import Reader
from shared.errors import Conflict, NotFound, PreconditionFailed, Unavailable
from shared.messaging.stream_names import WEBHOOKS, webhook

MOST, OF_ONE = 500, 20  # subscriptions in all, and of one owner
UNSEEN = 90 * 86_400.0  # seconds after which a subscription rests whose owner showed no token
ATTEMPTS = 5  # to change what others change as well
EXPECTED = "Nats-Expected-Last-Subject-Sequence"
DELETED = {"KV-Operation": "DEL", "Nats-TTL": "1h"}  # a mark that goes away by itself


class State(StrEnum):
    """Whether events are delivered."""

    ACTIVE = "active"
    PAUSED = "paused"  # by its owner
    DISABLED = "disabled"  # by the receiver (410), or after 75 hours without one delivery


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One webhook. Times are in seconds of Unix time.

    `owner` is what the token said with which the owner was last here, at `seen_at`. `generation` is in the name of
    the durable consumer: a replay makes a new one. `failing_since` is when the failures began of which none was
    followed by a delivery.
    """

    id: str
    version: int
    owner: Reader
    seen_at: float
    url: str
    types: list[str]  # empty for all
    secrets: list[Secret]
    generation: str
    start_after: int  # sequence of the feed's stream from which the consumer goes on when it is made
    warning_url: str | None = None
    state: State = State.ACTIVE
    reason: str | None = None
    failing_since: float | None = None
    held_up_since: float | None = None  # when so many events were refused that no others come
    warned_at: float | None = None

    @property
    def durable(self) -> str:
        """The name of its consumer."""
        return f"webhook-{self.id}-{self.generation}"

    def delivers(self, now: float) -> bool:
        """Whether events are to be delivered now."""
        return self.state is State.ACTIVE and now < self.seen_at + UNSEEN


class Found(msgspec.Struct, frozen=True):
    """A subscription and its place in the bucket, which a change names."""

    subscription: Subscription
    revision: int


class Subscriptions:
    """The bucket."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._adding = asyncio.Lock()

    async def every(self) -> list[Found]:
        """All subscriptions, the longest unchanged first. Raises Unavailable `broker-away`."""
        found: list[Found] = []
        async with self._broker.asking() as client:
            after = 0
            while messages := await following(client, WEBHOOKS, after, webhook("subscription")):
                after = sequence(messages[-1])
                found += [Found(_read(each.data), sequence(each)) for each in messages if each.data]
        return found

    async def one(self, webhook_id: str) -> Found | None:
        """One subscription, None where there is none such."""
        async with self._broker.asking() as client:
            found = await message(client, WEBHOOKS, last_by_subj=webhook("subscription", webhook_id))
        return Found(_read(found.data), sequence(found)) if found is not None and found.data else None

    async def of_owner(self, key: str, webhook_id: str) -> Found:
        """A subscription of somebody. Raises NotFound `webhook-unknown`, also for another's."""
        found = await self.one(webhook_id)
        if found is None or found.subscription.owner.subject_key != key:
            raise NotFound("webhook-unknown", "There is no such webhook, or none of yours.")
        return found

    async def add(self, subscription: Subscription) -> None:
        """Store a new one. Raises Conflict `webhooks-full`.

        One at a time in this process. It is counted again afterwards, since another replica may have added some
        meanwhile: then it is taken back.
        """
        async with self._adding:
            await self._check_room(subscription, further=1)
            revision = await self._write(subscription.id, msgspec.json.encode(subscription), 0)
            try:
                await self._check_room(subscription, further=0)
            except Conflict:
                await self.delete(Found(subscription, revision))
                raise

    async def _check_room(self, subscription: Subscription, further: int) -> None:
        """Raises Conflict `webhooks-full` where there are too many, with so many further ones."""
        known, key = await self.every(), subscription.owner.subject_key
        own = sum(each.subscription.owner.subject_key == key for each in known)
        if own + further > OF_ONE or len(known) + further > MOST:
            raise Conflict("webhooks-full", f"You have {OF_ONE} webhooks, or all together {MOST}.")

    async def change_as_owner(self, found: Found, **values: object) -> Found:
        """Store what the owner changed; what deliveries noted meanwhile is no change of the owner's version.

        Raises PreconditionFailed `stale-etag`.
        """
        for _ in range(ATTEMPTS):
            try:
                return await self.change(found, **values)
            except PreconditionFailed:
                known = await self.one(found.subscription.id)
                if known is None or known.subscription.version != found.subscription.version:
                    raise
                found = known
        return await self.change(found, **values)

    async def change(self, found: Found, **values: object) -> Found:
        """Store changed values. Raises PreconditionFailed `stale-etag` where it was changed meanwhile."""
        changed = msgspec.structs.replace(found.subscription, **values)
        revision = await self._write(changed.id, msgspec.json.encode(changed), found.revision)
        return Found(changed, revision)

    async def delete(self, found: Found) -> None:
        """Forget one, and who delivers for it. Raises Unavailable `broker-away`."""
        async with self._broker.asking() as client:
            for kind in ("subscription", "lease"):
                stored = await write(client, webhook(kind, found.subscription.id), b"", DELETED)
                if stored.error is not None:
                    raise Unavailable("broker-away", "The broker did not take it.", headers=RETRY_AFTER)

    async def _write(self, webhook_id: str, body: bytes, revision: int) -> int:
        headers = {EXPECTED: str(revision)}
        async with self._broker.asking() as client:
            stored = await write(client, webhook("subscription", webhook_id), body, headers)
        if stored.error is not None:
            raise PreconditionFailed("stale-etag", "The webhook changed since you read it.")
        return stored.seq


async def write(client: Client, subject: str, body: bytes, headers: dict[str, str]) -> Stored:
    """Put one message into the bucket."""
    (stored,) = await put(client, [(subject, body, headers)])
    return stored


def generation() -> str:
    """A name for a new durable consumer."""
    return uuid4().hex[:8]


def _read(data: bytes) -> Subscription:
    return msgspec.json.decode(data, type=Subscription)
