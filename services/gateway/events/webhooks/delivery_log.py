"""What became of deliveries, for the owner of a webhook: newest 1,000 of 30 days. Ids and figures alone."""

import msgspec
from nats.aio.client import Client

from services.gateway.broker import Broker, following, header, sequence
from shared.messaging.stream_names import DELIVERIES, deliveries


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt. `outcome`: delivered, failed, given-up, gone or test; `status` 0 where there was no answer."""

    event_id: str
    type: str
    attempt: int
    outcome: str
    status: int
    reason: str
    milliseconds: int
    next_attempt_in: float | None = None  # seconds


class Logged(msgspec.Struct, frozen=True):
    """A delivery with when it was logged."""

    seq: int
    at: str
    delivery: Delivery


async def log_delivery(client: Client, webhook_id: str, delivery: Delivery) -> None:
    """Log one attempt; that it is lost where the broker goes away just then changes nothing."""
    await client.publish(deliveries(webhook_id), msgspec.json.encode(delivery))


async def page(broker: Broker, webhook_id: str, after: int, limit: int) -> list[Logged]:
    """Attempts after a sequence, oldest first."""
    async with broker.asking() as client:
        found = await following(client, DELIVERIES, after, deliveries(webhook_id), most=limit)
    return [
        Logged(
            sequence(each),
            header(each, "Nats-Time-Stamp"),
            msgspec.json.decode(each.data, type=Delivery),
        )
        for each in found
    ]
