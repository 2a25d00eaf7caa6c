"""One attempt to deliver one event."""

import time
from typing import Protocol

import msgspec
import orjson
from nats.aio.msg import Msg

from services.gateway.events.thin_events import Candidate, Thin, ordered_with, shown
from services.gateway.events.visibility import Visibility
from services.gateway.events.webhooks.receivers import Answered, Receivers
from services.gateway.events.webhooks.records import Subscription
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.events.webhooks.signing import Secrets
from shared import clock

EVENT_TYPE = "application/cloudevents+json"
FRESH = 1.0  # seconds for which it holds what an owner may be shown


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


class Waiting:
    """An event that is fetched and not yet delivered."""

    def __init__(self, message: Msg, found: Candidate, event: Thin) -> None:
        self.message = message
        self.found = found
        self.event = event
        self.failures = 0
        self.begun_at = time.time()  # lint: retries run in real time
        self.next_at = 0.0
        self.under_way = False
        self.judged_at = time.monotonic()

    @property
    def is_fresh(self) -> bool:
        """Whether the owner was allowed the event just now; it may have waited for hours behind another one."""
        return time.monotonic() < self.judged_at + FRESH

    @property
    def keys(self) -> list[str]:
        """What it is delivered in order with: the people whom it is about, else its type."""
        return ordered_with(self.found, self.event) or [self.event["type"]]


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
