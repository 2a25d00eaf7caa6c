"""What owners do with their webhooks: subscribe, change, rotate secrets, test, and go back to a cursor."""

import time
from collections.abc import Sequence

from nats.errors import Error as NatsError

from services.gateway.broker import Broker
from services.gateway.events.webhooks import consumer
from services.gateway.events.webhooks.addresses import Refused, check_url
from services.gateway.events.webhooks.attempts import Tools, send
from services.gateway.events.webhooks.deliveries import notice
from services.gateway.events.webhooks.delivery_log import Delivery, log_delivery
from services.gateway.events.webhooks.records import (
    Found,
    State,
    Subscription,
    Subscriptions,
    generation,
)
from services.gateway.events.webhooks.signing import Secret, asked_under, rotated
from shared.auth.event_readers import Reader
from shared.errors import FieldError, Invalid, NotFound, PreconditionFailed
from shared.events.feed_events import SHOWN

REFRESHED = 3600.0  # seconds after which it is stored again that an owner was here


class Desk:
    """The webhooks of this instance, for their owners."""

    def __init__(self, broker: Broker, subscriptions: Subscriptions, tools: Tools) -> None:
        self._broker = broker
        self._subscriptions = subscriptions
        self._tools = tools

    async def own(self, reader: Reader) -> list[Found]:
        """The webhooks of a reader, all of which are shown what this token allows from now on."""
        every = await self._subscriptions.every()
        own = [each for each in every if each.subscription.owner.subject_key == reader.subject_key]
        seen = [await self._seen(each, reader) for each in own]
        return sorted(seen, key=lambda each: each.subscription.id)

    async def every(self) -> list[Found]:
        """The webhooks of all, by id; nothing is taken for seen by its owner."""
        return sorted(await self._subscriptions.every(), key=lambda each: each.subscription.id)

    async def anybodys(self, webhook_id: str) -> Found:
        """A webhook of anybody. Raises NotFound `webhook-unknown`."""
        found = await self._subscriptions.one(webhook_id)
        if found is None:
            raise NotFound("webhook-unknown", "There is no such webhook.")
        return found

    async def one(self, reader: Reader, webhook_id: str) -> Found:
        """A webhook of a reader, which from now on is shown what this token allows.

        Raises NotFound `webhook-unknown`.
        """
        return await self._seen(await self._subscriptions.of_owner(reader.subject_key, webhook_id), reader)

    async def _seen(self, found: Found, reader: Reader) -> Found:
        now, known = time.time(), found.subscription  # lint: tokens end in real time
        if known.owner != reader or now - known.seen_at > REFRESHED:
            return await self._subscriptions.change_as_owner(found, owner=reader, seen_at=now)
        return found

    async def subscribe(
        self,
        reader: Reader,
        webhook_id: str,
        after: int,
        url: str,
        types: Sequence[str],
        warning_url: str | None,
    ) -> Found:
        """A new webhook. Raises Invalid `webhook-refused` for its address, Conflict `webhooks-full`."""
        self._check(url, "/url")
        if warning_url is not None:
            self._check(warning_url, "/warning_url")
        subscription = Subscription(
            id=webhook_id,
            version=1,
            owner=reader,
            seen_at=time.time(),  # lint: as above
            url=url,
            types=_known_types(types),
            secrets=[self._tools.secrets.make(webhook_id)],
            generation=generation(),
            start_after=after,
            warning_url=warning_url,
        )
        await self._subscriptions.add(subscription)
        return await self._subscriptions.of_owner(reader.subject_key, webhook_id)

    async def change(self, found: Found, values: dict[str, object]) -> Found:
        """Another address, other types, paused or active again. Raises Invalid `webhook-refused`."""
        for name in ("url", "warning_url"):
            if isinstance(text := values.get(name), str):
                self._check(text, f"/{name}")
        if "types" in values:
            values["types"] = _known_types(values["types"])  # type: ignore[arg-type]
        if values.get("state") is not None:
            state = State(str(values["state"]))
            values |= {"state": state, "reason": None, "failing_since": None, "warned_at": None}
        return await self._subscriptions.change_as_owner(
            found, **values, version=found.subscription.version + 1
        )

    async def rotate(self, reader: Reader, webhook_id: str, key: str | None) -> tuple[Found, Secret]:
        """The webhook with a new secret, and that secret; the one before signs for a day more.

        Under an Idempotency-Key it is one, as long as it signs. Raises PreconditionFailed `stale-etag`.
        """
        asked = None if key is None else asked_under(key)
        for tries_left in (1, 0):  # of two at once under one key, the later finds what the other made
            found = await self.one(reader, webhook_id)
            subscription, now = found.subscription, time.time()  # lint: secrets end in real time
            for secret in subscription.secrets:
                if asked is not None and secret.asked == asked:
                    return found, secret
            new = self._tools.secrets.make(subscription.id, asked)
            values = {"secrets": rotated(subscription.secrets, new, now), "version": subscription.version + 1}
            try:
                return await self._subscriptions.change_as_owner(found, **values), new
            except PreconditionFailed:
                if asked is None or not tries_left:
                    raise
        raise AssertionError("the last try returns or raises")

    async def replay(self, found: Found, after: int) -> Found:
        """Deliver again from after a place of the feed on."""
        subscription = found.subscription
        changed = await self._subscriptions.change_as_owner(
            found,
            generation=generation(),
            start_after=after,
            held_up_since=None,
            version=subscription.version + 1,
        )
        await self._forget_position(subscription)
        return changed

    async def delete(self, found: Found) -> None:
        """End a webhook."""
        await self._subscriptions.delete(found)
        await self._forget_position(found.subscription)

    async def test(self, found: Found) -> Delivery:
        """Deliver an event that says nothing, once; what became of it."""
        subscription = found.subscription
        event = notice("webhook-test", subscription.id, {"webhook_id": subscription.id})
        answered = await send(self._tools, subscription, event)
        entry = Delivery(
            event_id=str(event["id"]),
            type=str(event["type"]),
            attempt=1,
            outcome="test",
            status=answered.status,
            reason=answered.reason,
            milliseconds=answered.milliseconds,
        )
        async with self._broker.asking() as client:
            await log_delivery(client, subscription.id, entry)
        return entry

    def secret(self, subscription: Subscription, secret: Secret | None = None) -> str:
        """A secret, else the newest, as its owner needs it."""
        return self._tools.secrets.text(subscription.id, secret or subscription.secrets[-1])

    async def _forget_position(self, subscription: Subscription) -> None:
        try:
            async with self._broker.asking() as client:
                await consumer.delete(client, subscription)
        except NatsError:
            return

    def _check(self, url: str, pointer: str) -> None:
        try:
            check_url(url, self._tools.receivers.allowed)
        except Refused as refused:
            error = FieldError(pointer, "refused", str(refused))
            raise Invalid("webhook-refused", "Webhooks are not sent to this address.", [error]) from None


def _known_types(types: Sequence[str]) -> list[str]:
    unknown = [place for place, name in enumerate(types) if name not in SHOWN]
    if unknown:
        errors = [FieldError(f"/types/{place}", "unknown", "No such type is shown.") for place in unknown]
        raise Invalid("event-type-unknown", "A type is none that readers are shown.", errors)
    return sorted(set(types))
