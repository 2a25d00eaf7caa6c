"""What a reader asks of the broker: messages of its own durable consumers, and their state.

A durable's name is one token of these subjects, so permissions name each durable in full. Allowed per
stream, one service could take and acknowledge what waits for another, which then never sees it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from deploy.services import consumers_of
from shared.federation.protocol import api

if TYPE_CHECKING:
    from shared.messaging.subscriptions import Durable

ANY_INSTANCE = "*"  # whose events are read says the durable's filter; its name is the same everywhere


def asked(stream: str, durable: str) -> Iterator[str]:
    """The subjects that look at one durable, pull from it and acknowledge what came."""
    yield f"{api()}.CONSUMER.INFO.{stream}.{durable}"
    yield f"{api()}.CONSUMER.MSG.NEXT.{stream}.{durable}"
    yield f"$JS.ACK.{stream}.{durable}.>"


def of_service(service: str) -> "list[Durable]":
    """Every durable that `service` declares, also those that exist at a hub alone."""
    return list(consumers_of(service).durables(ANY_INSTANCE, hub=True))
