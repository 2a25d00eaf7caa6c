"""Messages about who was erased leave the streams, others' stay, and readers go on over the gaps."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import nats
import orjson
import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig

from deploy.broker import message_erasure, provision
from deploy.broker.server_settings import ADMIN, ERASER, inbox_prefix
from services.gateway.broker import following, sequence
from shared.events.event import Event
from shared.events.planning import PlanClosed
from shared.events.registry import PeopleChanged, PersonErased, PersonState
from shared.messaging import outbox
from shared.messaging.stream_names import dead_letters
from tests.servers import INSTANCE, PASSWORDS, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

GONE, OTHER = str(uuid4()), str(uuid4())
READER = provision.declared("planning", INSTANCE)[0]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def admin(nats_url: str) -> AsyncIterator[Client]:
    outbox.speak_as(INSTANCE)
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    await provision.provision_durables(client.jetstream(), [READER])
    yield client
    await client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eraser(nats_url: str) -> AsyncIterator[Client]:
    """On the permissions that it has."""
    prefix = inbox_prefix(ERASER).encode()
    client = await nats.connect(nats_url, user=ERASER, password=PASSWORDS[ERASER], inbox_prefix=prefix)
    yield client
    await client.close()


async def publish(admin: Client, event: Event, subject: str = "") -> None:
    event_id, _, own, payload = outbox.row((event, "x", 1))
    await admin.jetstream().publish(subject or own, payload, headers={"Nats-Msg-Id": str(event_id)})


async def stored(admin: Client, stream: str) -> list[Any]:
    """The data of the messages of a stream."""
    jetstream = admin.jetstream()
    return [orjson.loads(each.data or b"") async for each in message_erasure._messages(jetstream, stream)]


def people(*ids: str) -> PeopleChanged:
    return PeopleChanged(items=[PersonState(person_id=each, version=1, active=True) for each in ids])


def closed(person_id: str) -> PlanClosed:
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    return PlanClosed(
        plan_id=str(uuid4()), person_id=person_id, unit_code="N", outcome="completed", closed_at=moment
    )


async def test_nobody_is_erased_and_nothing_happens(admin: Client, eraser: Client):
    await publish(admin, people(GONE, OTHER))
    await publish(admin, people(GONE))
    await publish(admin, closed(GONE))
    await publish(admin, closed(OTHER))
    await publish(admin, people(GONE, OTHER), f"{dead_letters('planning')}.x")
    report = await message_erasure.erase_messages(eraser, [READER.name])
    assert (report.people, report.deleted) == (0, 0)


async def test_a_message_stays_until_every_service_has_applied_it(admin: Client, eraser: Client):
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    await publish(admin, PersonErased(person_id=GONE, erased_at=moment, confirmed_by="k", digest="d"))

    async def copied() -> bool:
        return len(await stored(admin, "ERASURES")) == 1 and len(await stored(admin, "FEED")) == 4

    await wait_for(copied)
    report = await message_erasure.erase_messages(eraser, [READER.name])
    waiting = 4 + 3  # of LOCAL, and their copies in FEED, which does not show erasures
    assert (report.people, report.waiting, report.deleted, report.published) == (1, waiting, 1, 1)
    assert list(await stored(admin, "DLQ")) == []


async def test_what_was_applied_is_deleted_and_others_are_told_once_more(admin: Client, eraser: Client):
    jetstream = admin.jetstream()
    before = await jetstream.stream_info("FEED")
    pull = await jetstream.pull_subscribe_bind(durable=READER.name, stream="LOCAL")
    while (await jetstream.consumer_info("LOCAL", READER.name)).num_pending:
        for message in await pull.fetch(10, timeout=5):
            await message.ack_sync()
    hook = ConsumerConfig(durable_name="hook", filter_subject=">", ack_policy="explicit")
    await jetstream.add_consumer("FEED", hook)  # of a webhook whose receiver is away
    report = await message_erasure.erase_messages(eraser, [READER.name])
    assert (report.waiting, report.published) == (0, 1)
    again = await message_erasure.erase_messages(eraser, [READER.name])
    assert (again.deleted, again.published, again.waiting) == (0, 0, 0)
    local = await stored(admin, "LOCAL")
    assert GONE not in repr(local)
    ids = [[item["person_id"] for item in each["data"].get("items", [])] for each in local]
    assert ids == [[], [OTHER], [OTHER]], "the plan of another, and what is left of two batches"

    async def copied() -> bool:
        return len(await stored(admin, "FEED")) == 3

    await wait_for(copied)
    assert GONE not in repr(await stored(admin, "FEED"))
    found = await following(admin, "FEED", before.state.first_seq - 1, ">", most=10)
    assert len(found) == 3, "a cursor from before goes on over the gaps"
    assert sequence(found[-1]) > before.state.last_seq
    pull = await jetstream.pull_subscribe_bind(durable="hook", stream="FEED")
    assert len(await pull.fetch(3, timeout=5)) == 3
    assert (await jetstream.consumer_info("FEED", "hook")).num_pending == 0
    assert [each["data"]["person_id"] for each in await stored(admin, "ERASURES")] == [GONE]


@pytest.mark.parametrize(
    "request_to",
    [
        "$JS.API.STREAM.PURGE.LOCAL", "$JS.API.STREAM.DELETE.LOCAL", "$JS.API.STREAM.MSG.DELETE.UP",
        "$JS.API.STREAM.MSG.DELETE.ERASURES", "$JS.API.CONSUMER.CREATE.LOCAL.mine",
    ],
)  # fmt: skip
async def test_the_eraser_may_do_nothing_else(eraser: Client, request_to: str):
    with pytest.raises((NatsTimeout, nats.errors.Error)):
        await eraser.request(request_to, b'{"seq": 1}', timeout=0.5)


async def test_no_service_may_delete_a_message(nats_url: str, admin: Client):
    prefix = inbox_prefix("registry").encode()
    registry = await nats.connect(
        nats_url, user="registry", password=PASSWORDS["registry"], inbox_prefix=prefix
    )
    with pytest.raises((NatsTimeout, nats.errors.Error)):
        await registry.request("$JS.API.STREAM.MSG.DELETE.LOCAL", b'{"seq": 4}', timeout=0.5)
    await registry.close()
    with pytest.raises(nats.js.errors.APIError):
        await admin.jetstream().delete_msg("ERASURES", 1)
