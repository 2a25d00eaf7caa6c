"""The broker lets a service speak for itself only."""

import asyncio
from urllib.parse import urlsplit

import nats
import pytest
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig

from deploy.broker.provision import provision_durables
from deploy.broker.server_settings import ADMIN, inbox_prefix
from shared.messaging.subscriptions import Durable
from tests.servers import INSTANCE, PASSWORDS, wait_for

READER = "planning-registry-people-changed-v1"


class Connected:
    """A client of one service and what the server refused it."""

    def __init__(self, url: str, service: str) -> None:
        self.url, self.service = url, service
        self.refused: list[str] = []

    async def __aenter__(self) -> "Connected":
        async def refused(error: Exception) -> None:
            self.refused.append(str(error))

        self.nats = await nats.connect(
            self.url,
            user=self.service,
            password=PASSWORDS[self.service],
            inbox_prefix=inbox_prefix(self.service).encode(),
            error_cb=refused,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nats.close()


async def test_a_service_publishes_its_own_subjects(nats_url: str):
    async with Connected(nats_url, "planning") as planning:
        for reach, stream in (("local", "LOCAL"), ("up", "UP"), ("down", "DOWN")):
            subject = f"steward.{INSTANCE}.{reach}.planning.plan-proposed.v1"
            ack = await planning.nats.jetstream().publish(subject, b"{}")
            assert ack.stream == stream


@pytest.mark.parametrize(
    "subject",
    [
        f"steward.{INSTANCE}.local.registry.people-changed.v1",
        "steward.south.local.planning.plan-proposed.v1",
        "dlq.registry.anything",
        "$JS.API.STREAM.DELETE.LOCAL",
        "$JS.API.STREAM.PURGE.LOCAL",
        "$JS.API.CONSUMER.CREATE.LOCAL.planning-mine",
        "$JS.API.STREAM.MSG.GET.DLQ",
    ],
)
async def test_a_service_publishes_nothing_else(nats_url: str, subject: str):
    async with Connected(nats_url, "planning") as planning:
        with pytest.raises(NatsTimeout):
            await planning.nats.request(subject, b"{}", timeout=0.3)
        assert "permissions violation for publish" in planning.refused[0]


async def test_a_service_cannot_listen_to_anothers_replies(nats_url: str):
    async with Connected(nats_url, "planning") as planning:
        for subject in (f"{inbox_prefix('registry')}.>", "steward.>", ">"):
            await planning.nats.subscribe(subject)
        await wait_for(lambda: len(planning.refused) == 3)


async def test_a_service_pulls_from_its_durable_and_cannot_make_one(nats_url: str):
    subject = f"steward.{INSTANCE}.local.registry.people-changed.v1"
    admin = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    await provision_durables(admin.jetstream(), [Durable("LOCAL", READER, subject)])
    await admin.close()
    async with Connected(nats_url, "registry") as registry, Connected(nats_url, "planning") as planning:
        await registry.nats.jetstream().publish(subject, b"one")
        jetstream = planning.nats.jetstream(timeout=0.3)
        pull = await jetstream.pull_subscribe_bind(durable=READER, stream="LOCAL")
        (message,) = await pull.fetch(1, timeout=2)
        assert message.data == b"one"
        await message.ack_sync(timeout=2)
        with pytest.raises(NatsTimeout):
            await jetstream.add_consumer("LOCAL", ConsumerConfig(durable_name="planning-other"))


async def test_a_wrong_password_is_refused(nats_url: str):
    address = urlsplit(nats_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b'CONNECT {"user":"planning","pass":"guess","verbose":false,"pedantic":false}\r\nPING\r\n')
    answer = await asyncio.wait_for(reader.read(), timeout=5)
    writer.close()
    await writer.wait_closed()
    assert b"Authorization Violation" in answer
    assert b"PONG" not in answer
