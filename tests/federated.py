"""One service as a hub in a test: what regions published, without links (tests/federation has those)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from uuid import UUID, uuid4

import nats
from nats.js import JetStreamContext
from nats.js.api import StreamConfig, StreamSource

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN
from shared import clock
from shared.events import envelope
from shared.events.event import Event
from shared.messaging.subscriptions import NATIONAL
from tests.servers import INSTANCE, PASSWORDS, new_streams

TRACE = "0af7651916cd43dd8448eb211c80319c"
AS_ADMIN = {"nats_user": ADMIN, "nats_password": PASSWORDS[ADMIN]}  # the test's broker knows no hub's users


class Regions:
    """Regions that publish to a hub."""

    def __init__(self, jetstream: JetStreamContext) -> None:
        self.jetstream = jetstream

    async def publish(
        self, region: str, event: Event, *, epoch: int = 1, event_id: UUID | None = None
    ) -> UUID:
        """One event of a region; once more the same with its `event_id`."""
        name = event_id or uuid4()
        sent = envelope.Envelope(
            id=str(name), source=f"/steward/{region}/x", type=event.type(), subject="x", time=clock.now(),
            data=event, instance=region, aggregateversion=1, epoch=epoch,
            traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
        )  # fmt: skip
        headers = {"Nats-Msg-Id": str(uuid4() if event_id else name)}  # the broker drops repeats of one
        await self.jetstream.publish(event.subject(region), envelope.encode(sent), headers=headers)
        return name


@asynccontextmanager
async def regions_of_hub(nats_url: str, service: str) -> AsyncIterator[Regions]:
    """The stream NATIONAL of everything that goes up, and the durables that `service` reads it with."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    jetstream = client.jetstream()
    try:
        config = StreamConfig(name=NATIONAL, sources=[StreamSource(name="UP")])
        await new_streams(jetstream, [NATIONAL], partial(jetstream.add_stream, config))
        await provision.provision_durables(jetstream, provision.declared(service, INSTANCE, hub=True))
        yield Regions(jetstream)
        await jetstream.delete_stream(NATIONAL)
    finally:
        await client.close()
