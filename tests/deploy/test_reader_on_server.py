"""What the broker itself lets a reader do: take its own messages, and nothing else."""

from collections.abc import AsyncIterator, Mapping
from functools import partial

import nats
import pytest
import pytest_asyncio
from nats.errors import TimeoutError as NatsTimeout

from deploy.broker import external_readers, provision
from deploy.broker.external_readers import AGGREGATES, PEOPLE
from deploy.broker.server_settings import ADMIN, inbox_prefix
from deploy.local.nats import NatsServer
from shared.messaging.stream_names import FEED
from tests.deploy.clients import client_of
from tests.servers import INSTANCE, PASSWORDS, wait_for

SECRETS = PASSWORDS | {reader: f"{reader}-secret" for reader in external_readers.READERS}
UNITS = f"steward.{INSTANCE}.up.registry.units-changed.v1"
PERSON = f"steward.{INSTANCE}.local.registry.people-changed.v1"


class User:
    """A connected user, and what the server refused it."""

    def __init__(self, url: str, name: str) -> None:
        self.url, self.name = url, name
        self.refused: list[str] = []

    async def __aenter__(self) -> "User":
        self.nats = await client_of(self.url, self.name, self.refused, SECRETS)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nats.close()


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    """Of a server that knows the readers."""
    return SECRETS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def url(server: NatsServer) -> AsyncIterator[str]:
    """Its address, with one event about units and one about people waiting for whoever may read them."""
    await provision.provision(server.url, ADMIN, SECRETS[ADMIN], INSTANCE, ["registry"])
    async with User(server.url, "registry") as registry:
        for subject in (UNITS, PERSON):
            await registry.nats.jetstream().publish(subject, subject.encode())
    await wait_for(partial(_copied, server.url))
    yield server.url


async def _copied(url: str) -> bool:
    """Whether the server has put both into the feed, too."""
    return (await stored(url))[FEED] == 2


async def stored(url: str) -> dict[str, int]:
    """How many messages each stream holds."""
    client = await nats.connect(url, user=ADMIN, password=SECRETS[ADMIN])
    try:
        return {
            str(info.config.name): info.state.messages for info in await client.jetstream().streams_info()
        }
    finally:
        await client.close()


@pytest.mark.parametrize(("reader", "stream"), [(AGGREGATES, "UP"), (PEOPLE, "UP"), (PEOPLE, "LOCAL")])
async def test_a_reader_takes_what_waits_for_it(url: str, reader: str, stream: str):
    async with User(url, reader) as user:
        pull = await user.nats.jetstream().pull_subscribe_bind(durable=reader, stream=stream)
        (message,) = await pull.fetch(1, timeout=5)
        assert message.data == message.subject.encode()
        await message.ack_sync(timeout=5)
        assert user.refused == []


@pytest.mark.parametrize(
    "subject",
    [
        pytest.param(UNITS, id="an event"),
        pytest.param(PERSON, id="an event about people"),
        pytest.param("dlq.registry.anything", id="a dead letter"),
        pytest.param("$JS.API.CONSUMER.MSG.NEXT.LOCAL.people-reader", id="another reader's messages"),
        pytest.param(
            "$JS.API.CONSUMER.MSG.NEXT.UP.people-reader", id="another reader's messages of its stream"
        ),
        pytest.param(
            "$JS.API.CONSUMER.MSG.NEXT.UP.planning-registry-units-changed-v1", id="a service's messages"
        ),
        pytest.param("$JS.API.STREAM.INFO.LOCAL", id="the state of LOCAL"),
        pytest.param("$JS.API.STREAM.MSG.GET.UP", id="a message by its number"),
        pytest.param("$JS.API.DIRECT.GET.DLQ", id="a dead letter by its number"),
        pytest.param("$JS.API.CONSUMER.CREATE.UP.mine", id="a consumer"),
        pytest.param("$JS.API.CONSUMER.DURABLE.CREATE.UP.mine", id="a durable"),
        pytest.param("$JS.API.CONSUMER.DELETE.UP.reader", id="the end of its durable"),
        pytest.param("$JS.API.STREAM.CREATE.MINE", id="a stream"),
        pytest.param("$JS.API.STREAM.PURGE.UP", id="a purge"),
        pytest.param("$JS.API.STREAM.DELETE.UP", id="the end of a stream"),
        pytest.param("$JS.ACK.UP.people-reader.1.1.1.1.0", id="another reader's ack"),
    ],
)
async def test_a_reader_asks_for_nothing_else(url: str, subject: str):
    before = await stored(url)
    async with User(url, AGGREGATES) as user:
        with pytest.raises(NatsTimeout):
            await user.nats.request(subject, b"{}", timeout=0.3)
        assert "permissions violation for publish" in user.refused[0]
    assert await stored(url) == before


ANSWERED = [
    pytest.param("$JS.API.CONSUMER.MSG.NEXT.UP.reader", b"1", id="a message"),
    pytest.param(
        "$JS.API.CONSUMER.MSG.NEXT.DOWN.reader", b'{"batch":1,"no_wait":true}', id="an empty answer"
    ),
    pytest.param("$JS.API.CONSUMER.INFO.UP.reader", b"", id="a state"),
    pytest.param("$JS.API.INFO", b"", id="a summary"),
]


@pytest.mark.parametrize(("asked", "request_data"), ANSWERED)
@pytest.mark.parametrize(
    "answer_to",
    [PERSON, "dlq.registry.anything", "$JS.API.STREAM.PURGE.UP", "$JS.API.STREAM.DELETE.LOCAL"],
)
async def test_an_answer_goes_nowhere_but_to_the_reader(
    url: str, asked: str, request_data: bytes, answer_to: str
):
    """Whoever asks picks the subject of the answer, which the server sends with all rights of its own."""
    async with User(url, "registry") as registry:
        await registry.nats.jetstream().publish(UNITS, b"one more")
    before = await stored(url)
    async with User(url, AGGREGATES) as user:
        await user.nats.publish(asked, request_data, reply=answer_to)
        await user.nats.request("$JS.API.INFO", timeout=5)  # answered later than the one before
        assert user.refused == []
    assert await stored(url) == before


async def test_a_reader_listens_to_its_own_replies_only(url: str):
    others = (">", "steward.>", "_INBOX.>", f"{inbox_prefix(PEOPLE)}.>", "$JS.>")
    async with User(url, AGGREGATES) as user:
        for subject in others:
            await user.nats.subscribe(subject)
        await wait_for(lambda: len(user.refused) == len(others))
