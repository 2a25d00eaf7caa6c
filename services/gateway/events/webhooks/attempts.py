"""One attempt to deliver one event."""

import time
from typing import Protocol

import msgspec
import orjson

from services.gateway.events.thin_events import Candidate, Thin, shown
from services.gateway.events.visibility import Visibility
from services.gateway.events.webhooks.receivers import Answered, Receivers
from services.gateway.events.webhooks.records import Subscription
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.events.webhooks.signing import Secrets
from shared import clock

EVENT_TYPE = "application/cloudevents+json"


class Tools(msgspec.Struct, frozen=True):
    """What deliveries need, the same for all subscriptions."""

    visibility: Visibility
    receivers: Receivers
    secrets: Secrets
    schedule: Schedule


class Report(Protocol):
    """What a worker tells of its subscription."""

    async def taken(self, subscription: Subscription) -> None:
        """The receiver took an event."""

    async def failed(self, subscription: Subscription) -> None:
        """It did not."""

    async def gone(self, subscription: Subscription) -> None:
        """It wants no more (410)."""

    async def held_up(self, subscription: Subscription) -> None:
        """So many events wait for the receiver to take them that no others come."""

    async def goes_on(self, subscription: Subscription) -> None:
        """Others come again."""


async def judged(tools: Tools, subscription: Subscription, found: list[Candidate]) -> list[Thin | None]:
    """Each event as the owner may be shown it, None where not at all. Raises Unavailable `service-away`."""
    allowed = await tools.visibility.allowed(subscription.owner, found)
    return [shown(one, may, clock.day_of) for one, may in zip(found, allowed, strict=True)]


async def send(tools: Tools, subscription: Subscription, event: Thin, url: str | None = None) -> Answered:
    """One signed request with an event, to the webhook or to another `url` of its owner."""
    body = orjson.dumps(event)
    now = time.time()  # lint: receivers compare it with their clocks
    signed = tools.secrets.headers(subscription.id, subscription.secrets, event["id"], body, now)
    headers = {**signed, "Content-Type": EVENT_TYPE}
    return await tools.receivers.send(url or subscription.url, headers, body, subscription.owner.subject_key)
