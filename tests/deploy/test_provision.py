"""Provisioning is safe to repeat and updates what changed; every declared durable has a stream."""

import nats
import pytest
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig, DiscardPolicy

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN, STREAMS
from deploy.services import NAMES
from shared.messaging.subscriptions import Durable
from tests.servers import INSTANCE, PASSWORDS, run


@pytest.fixture
async def jetstream(nats_url: str):
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    yield client.jetstream()
    await client.close()


async def test_streams_are_as_declared_after_a_second_time_too(jetstream: JetStreamContext):
    for _ in range(2):
        await provision.provision_streams(jetstream._nc)
    found = {info.config.name: info.config for info in await jetstream.streams_info()}
    assert set(found) == set(STREAMS)
    for config in provision.streams():
        made = found[config.name]
        assert (made.subjects, made.max_bytes, made.max_age) == (
            config.subjects,
            config.max_bytes,
            config.max_age,
        )
        assert made.duplicate_window == provision.DUPLICATE_WINDOW


async def test_a_full_stream_refuses_rather_than_forgets(jetstream: JetStreamContext):
    for stream in ("LOCAL", "UP", "DOWN", "DLQ"):
        assert (await jetstream.stream_info(stream)).config.discard == DiscardPolicy.NEW


async def test_an_existing_durable_takes_changed_settings(jetstream: JetStreamContext):
    durable = Durable("LOCAL", "planning-people", f"steward.{INSTANCE}.local.registry.people-changed.v1")
    old = ConsumerConfig(durable_name=durable.name, ack_wait=5, filter_subject=durable.filter_subject)
    await jetstream.add_consumer("LOCAL", old)
    await provision.provision_durables(jetstream, [durable])
    config = (await jetstream.consumer_info("LOCAL", durable.name)).config
    assert (config.ack_wait, config.max_deliver, config.max_ack_pending) == (30, -1, 2000)


async def test_in_a_new_epoch_what_others_said_is_read_again_once(jetstream: JetStreamContext):
    """The database came back from a backup; the broker knows how far the one that was lost had read."""
    theirs = Durable("DOWN", "evaluation-targets", f"steward.{INSTANCE}.down.evaluation.targets-published.v1")
    own = Durable("LOCAL", "planning-posts", f"steward.{INSTANCE}.local.registry.posts-changed.v1")

    async def read(epoch: int) -> dict[str, int]:
        """How many messages each has to read after this provisioning; all are read then."""
        await provision.provision_durables(jetstream, [theirs, own], epoch)
        found = {}
        for durable in (theirs, own):
            waiting = (await jetstream.consumer_info(durable.stream, durable.name)).num_pending or 0
            found[durable.stream] = waiting
            pull = await jetstream.pull_subscribe_bind(durable=durable.name, stream=durable.stream)
            for message in await pull.fetch(waiting, timeout=5) if waiting else ():
                await message.ack_sync()
        return found

    for durable in (theirs, own):
        for _ in range(3):
            await jetstream.publish(durable.filter_subject, b"said")
    assert await read(1) == {"DOWN": 3, "LOCAL": 3}
    assert await read(1) == {"DOWN": 0, "LOCAL": 0}
    assert await read(2) == {"DOWN": 3, "LOCAL": 0}
    assert await read(2) == {"DOWN": 0, "LOCAL": 0}


@pytest.mark.parametrize("service", NAMES)
def test_a_services_durables_carry_its_name_and_an_existing_stream(service: str):
    durables = provision.declared(service, INSTANCE)
    assert len({durable.name for durable in durables}) == len(durables)
    for durable in durables:
        assert durable.name.startswith(f"{service}-")
        assert durable.stream in STREAMS
        assert durable.filter_subject.startswith("steward.")


async def test_terminated_messages_leave_an_advisory(jetstream: JetStreamContext, nats_url: str):
    subject = f"steward.{INSTANCE}.local.registry.roles-changed.v1"
    await provision.provision_durables(jetstream, [Durable("LOCAL", "planning-roles", subject)])
    await jetstream.publish(subject, b"poison")
    pull = await jetstream.pull_subscribe_bind(durable="planning-roles", stream="LOCAL")
    (message,) = await pull.fetch(1, timeout=2)
    await message.term()
    advisories = await jetstream.pull_subscribe(
        "$JS.EVENT.ADVISORY.CONSUMER.MSG_TERMINATED.>", durable="reader"
    )
    (advisory,) = await advisories.fetch(1, timeout=5)
    assert b"planning-roles" in advisory.data


def test_a_wrong_password_is_named(nats_server, caplog):
    with pytest.raises(NatsError):
        run(provision.provision(nats_server.url, "admin", "guess", INSTANCE, []))
    assert "Authorization Violation" in caplog.text
    assert "Traceback" not in caplog.text
