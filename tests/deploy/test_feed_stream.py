"""The streams of feed and webhooks: what is copied, what a full one does, and what the gateway may."""

from uuid import uuid4

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig
from nats.js.errors import APIError

from deploy.broker import provision
from shared.events.assessment import RollupsPublished
from shared.events.feed_events import SHOWN
from tests.deploy.clients import client_of
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20
AGREED = SHOWN["steward.planning.plan-agreed.v1"].event.subject(INSTANCE)


async def publish(admin: Client, subject: str, body: bytes = b"{}") -> None:
    await admin.jetstream().publish(subject, body, headers={"Nats-Msg-Id": str(uuid4())})


async def stored(admin: Client, stream: str) -> int:
    return (await admin.jetstream().stream_info(stream)).state.messages


async def test_every_shown_event_is_copied_once_and_no_other(admin):
    for kind in SHOWN.values():
        await publish(admin, kind.event.subject(INSTANCE))
    await publish(admin, RollupsPublished.subject(INSTANCE))

    async def copied() -> bool:
        return await stored(admin, "FEED") == len(SHOWN)

    await wait_for(copied)
    found = await admin.jetstream().stream_info("FEED", subjects_filter=">")
    assert set((found.state.subjects or {}).values()) == {1}
    assert RollupsPublished.subject(INSTANCE) not in (found.state.subjects or {})


HARM = [
    "$JS.API.STREAM.DELETE.LOCAL",
    "$JS.API.STREAM.PURGE.LOCAL",
    "$JS.API.STREAM.UPDATE.LOCAL",
    "$JS.API.STREAM.PURGE.FEED",
    "$JS.API.STREAM.DELETE.FEED",
    "$JS.API.CONSUMER.DELETE.LOCAL.planning-registry-people-changed-v1",
    "$JS.API.CONSUMER.CREATE.LOCAL.mine",
    "$JS.API.CONSUMER.DURABLE.CREATE.LOCAL.mine",
    "$JS.API.CONSUMER.MSG.NEXT.LOCAL.planning-registry-people-changed-v1",
    "$JS.API.DIRECT.GET.LOCAL",
    "$JS.API.STREAM.MSG.GET.LOCAL",
    "$JS.API.STREAM.MSG.DELETE.FEED",
]


@pytest.mark.parametrize("subject", HARM)
async def test_the_gateway_reaches_no_other_stream_and_harms_none(server, admin, subject):
    refused: list[str] = []
    gateway = await client_of(server.url, "gateway", refused)
    with pytest.raises((NatsTimeout, TimeoutError)):
        await gateway.request(subject, b"{}", timeout=0.2)
    await gateway.close()
    assert refused


@pytest.mark.parametrize("subject", [one for one in HARM if "STREAM" in one or "DELETE" in one])
async def test_a_consumer_of_the_feed_that_delivers_to_the_broker_itself_does_nothing(server, admin, subject):
    """Whoever makes a consumer says where it delivers, and the server sends it there with its own rights."""
    before = await stored(admin, "LOCAL"), await stored(admin, "FEED")
    durables = len(await admin.jetstream().consumers_info("LOCAL"))
    gateway = await client_of(server.url, "gateway", [])
    name = uuid4().hex
    config = ConsumerConfig(name=name, durable_name=name, deliver_subject=subject)
    try:
        await gateway.jetstream().add_consumer("FEED", config)
    except APIError:
        return  # the server does not make it
    await publish(admin, AGREED)

    async def delivered() -> bool:
        info = await admin.jetstream().consumer_info("FEED", name)
        return not info.push_bound or info.num_pending == 0

    await wait_for(delivered)
    await admin.flush()
    assert await stored(admin, "LOCAL") == before[0] + 1
    assert await stored(admin, "FEED") >= before[1]
    assert len(await admin.jetstream().consumers_info("LOCAL")) == durables
    await admin.jetstream().delete_consumer("FEED", name)
    await gateway.close()


async def test_when_there_is_no_room_events_are_refused_and_the_feed_has_all_that_were_not(admin):
    for stream in ("FEED", "LOCAL", "UP", "DOWN"):
        await admin.jetstream().delete_stream(stream)
    await provision.provision_streams(admin, storage=2 * MIB)
    taken = await _until_refused(admin)
    assert 20 < taken < 100

    async def copied() -> bool:
        return await stored(admin, "FEED") == taken

    await wait_for(copied)


async def _until_refused(admin: Client) -> int:
    """How many events were taken before one was refused."""
    for taken in range(200):
        try:
            await publish(admin, AGREED, b"x" * 32_768)
        except APIError:
            return taken
    raise AssertionError("no event was refused")
