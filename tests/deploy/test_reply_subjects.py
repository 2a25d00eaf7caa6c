"""What a service that was taken over reaches by naming the subject of an answer, and what it does not.

Whoever asks JetStream says where the answer goes, and nats-server sends it there with its own rights (decisions 11
and 31). The first test is the gap that is left; the others say how far it goes.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout

from deploy.broker import provision
from deploy.broker.server_settings import inbox_prefix
from deploy.local.nats import NatsServer
from shared.events import envelope
from shared.events.assessment import AssessmentCompleted
from shared.events.registry import PeopleChanged
from tests.deploy.clients import client_of
from tests.gateway.events.conftest import copied
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERSON = PeopleChanged.subject(INSTANCE)
COMPLETED = AssessmentCompleted.subject(INSTANCE)
STATE = "$JS.API.STREAM.INFO.LOCAL"
NEXT = "$JS.API.CONSUMER.MSG.NEXT.{}.{}"


def durable_of(service: str, subject: str) -> str:
    """What `service` reads a subject by."""
    return next(one.name for one in provision.declared(service, INSTANCE) if one.filter_subject == subject)


@asynccontextmanager
async def asked_with(server: NatsServer, service: str, subject: str, reply: str) -> AsyncIterator[None]:
    """`service` asks for one of its own events, to be delivered to `reply`, and stays connected."""
    refused: list[str] = []
    client = await client_of(server.url, service, refused)
    await client.publish(NEXT.format("LOCAL", durable_of(service, subject)), b"1", reply=reply)
    await client.flush()
    yield
    await client.close()
    assert refused == []


async def messages(admin: Client, subject: str) -> list[bytes]:
    """What LOCAL holds of a subject, in order."""
    stream = admin.jetstream()
    state = (await stream.stream_info("LOCAL")).state
    found = [
        await stream.get_msg("LOCAL", number) for number in range(max(1, state.first_seq), state.last_seq + 1)
    ]
    return [message.data or b"" for message in found if message.subject == subject]


async def test_it_can_put_an_answer_of_jetstream_among_anothers_events(server: NatsServer, admin: Client):
    """The gap: JSON that it does not choose, and that is no event: a dead letter of each reader."""
    client = await client_of(server.url, "planning", [])
    await client.publish("$JS.API.STREAM.INFO.LOCAL", b"", reply=PERSON)

    async def stored() -> list[bytes]:
        return await messages(admin, PERSON)

    (answer,) = await wait_for(stored)
    await client.close()
    assert b"io.nats.jetstream.api.v1.stream_info_response" in answer
    with pytest.raises(msgspec.MsgspecError):
        envelope.decoder(PeopleChanged).decode(answer)
    await admin.jetstream().purge_stream("LOCAL")


async def test_an_event_keeps_its_subject_wherever_it_is_delivered(server: NatsServer, admin: Client):
    """It puts no words of its own into another's event: the copy is stored as what it was, and is a repeat."""
    own = await client_of(server.url, "assessment", [])
    await own.jetstream().publish(COMPLETED, b"forged")
    question = NEXT.format("LOCAL", durable_of("assessment", COMPLETED))
    listening = await admin.subscribe(PERSON)  # nothing is delivered to where nobody listens
    await admin.flush()
    await own.publish(question, b"1", reply=PERSON)

    async def twice() -> bool:
        return len(await messages(admin, COMPLETED)) == 2

    await wait_for(twice)
    for wrapped in (f"$JS.ACK.1.2.3.4.5.6.7.8@{PERSON}", f"$JS.ACK.LOCAL.x.1.1.1.1.0.1@{PERSON}"):
        await own.publish(COMPLETED, b"forged", reply=wrapped)
    await own.jetstream().publish(COMPLETED, b"last")
    await own.close()
    await listening.unsubscribe()
    assert await messages(admin, PERSON) == []
    await admin.jetstream().purge_stream("LOCAL")


@pytest.mark.parametrize("request_", ["STREAM.DELETE.UP", "STREAM.PURGE.LOCAL", "CONSUMER.DELETE.LOCAL.{}"])
@pytest.mark.parametrize("asked", ["event", "state"])
async def test_an_answer_is_no_request(server: NatsServer, admin: Client, asked: str, request_: str):
    """Neither an event nor an answer that is delivered to JetStream's own subjects makes it do anything."""
    stream = admin.jetstream()
    wanted = f"$JS.API.{request_.format(durable_of('evaluation', PERSON))}"
    await stream.publish(PERSON, b"{}")
    await copied(admin)  # the feed's count is compared below
    arrived: list[str] = []

    async def note(message: Msg) -> None:
        arrived.append(message.subject)

    watching = await admin.subscribe(wanted, cb=note)  # deliveries want a listener
    await admin.flush()
    before = await everything(admin)
    client = await client_of(server.url, "planning", [])
    question = NEXT.format("LOCAL", durable_of("planning", PERSON)) if asked == "event" else STATE
    await client.publish(question, b"1" if asked == "event" else b"", reply=wanted)
    await wait_for(lambda: arrived)
    await client.close()
    await watching.unsubscribe()
    assert await everything(admin) == before
    await stream.purge_stream("LOCAL")


async def everything(admin: Client) -> dict[str, tuple[int, int]]:
    """Messages and consumers by stream."""
    infos = await admin.jetstream().streams_info()
    return {str(info.config.name): (info.state.messages, info.state.consumer_count) for info in infos}


async def test_it_reads_nothing_that_it_may_not_read(server: NatsServer, admin: Client):
    """No answer reaches it but to its own inbox, and another's durable is asked by nobody else directly."""
    await admin.jetstream().publish(PERSON, b"secret")
    victim = durable_of("evaluation", PERSON)
    refused: list[str] = []
    client = await client_of(server.url, "planning", refused)
    with pytest.raises(NatsTimeout):
        await client.request(NEXT.format("LOCAL", victim), b"1", timeout=0.3)
    for subject in (f"{inbox_prefix('evaluation')}.>", PERSON, "$JS.ACK.>", "$JS.API.>", ">"):
        await client.subscribe(subject)
    await wait_for(lambda: len(refused) == 6)
    await client.close()


async def test_the_way_round_by_its_own_event_takes_no_event_from_another(server: NatsServer, admin: Client):
    """An event of its own as the question to another's durable: what it delivers is read by nobody."""
    for number in range(3):
        await admin.jetstream().publish(PERSON, str(number).encode())
    question = NEXT.format("LOCAL", durable_of("evaluation", PERSON))
    own = await client_of(server.url, "evaluation", [])
    pull = await own.jetstream().pull_subscribe_bind(durable=durable_of("evaluation", PERSON), stream="LOCAL")
    read: dict[bytes, int] = {}

    async def all_of_them() -> bool:
        try:
            for message in await pull.fetch(3, timeout=1):
                read[message.data] = message.metadata.num_delivered
                await message.ack_sync(timeout=5)
        except NatsTimeout:
            return False
        return {b"0", b"1", b"2"} <= read.keys()

    async with asked_with(server, "planning", PERSON, question):
        await wait_for(all_of_them, 60)
    await own.close()
