"""The gateway's connection to the broker, and what it reads from streams without a consumer."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import NoRespondersError
from nats.js.api import StreamInfo
from nats.js.errors import NotFoundError

from shared.errors import Unavailable
from shared.federation.protocol import OWN, api, direct_batch, direct_get
from shared.messaging import broker
from shared.settings import Settings

log = logging.getLogger("steward.gateway")

RETRY_AFTER = {"Retry-After": "2"}


class Broker:
    """One connection for everything that the gateway asks of streams."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None

    async def run(self) -> None:
        """Be connected until cancelled; connect again where a connection ended for good."""
        while True:
            await (await self.connect()).wait()
            log.warning("the broker ended the connection; connecting anew")
            await asyncio.sleep(broker.AGAIN)

    async def connect(self) -> asyncio.Event:
        """Connect, however long the broker takes; the answer is set once that connection ended for good."""
        ended = asyncio.Event()
        self._client = await broker.connected(self._settings, ended)
        return ended

    async def close(self) -> None:
        """Leave the broker."""
        if self._client is not None:
            await self._client.close()

    @property
    def client(self) -> Client:
        """The connection. Raises Unavailable `broker-away`."""
        if self._client is None or not self._client.is_connected:
            raise Unavailable("broker-away", "The broker cannot be reached; try again.", headers=RETRY_AFTER)
        return self._client

    @asynccontextmanager
    async def asking(self) -> AsyncIterator[Client]:
        """Ask: whatever the broker does not answer becomes Unavailable `broker-away`."""
        try:
            yield self.client
        except (NatsError, TimeoutError) as error:
            raise Unavailable(
                "broker-away", "The broker did not answer; try again.", headers=RETRY_AFTER
            ) from error


ANSWER = 5.0  # seconds
NOBODY = "503"  # the status of a request that nobody listens to


async def info(
    client: Client, stream: str, subjects: str | None = None, *, where: str = OWN
) -> StreamInfo | None:
    """A stream's settings and state, with the counts of its `subjects`; None where there is no such stream."""
    try:
        return await client.jetstream(prefix=api(where)).stream_info(stream, subjects_filter=subjects)
    except NotFoundError:
        return None


async def message(client: Client, stream: str, *, where: str = OWN, **asked: Any) -> Msg | None:
    """One message of a stream, None where there is none such, or no such stream that is read directly.

    `asked` is `seq`, `last_by_subj`, `next_by_subj` or `start_time`, as JetStream has them.
    """
    try:
        return await direct(client, stream, where=where, **asked)
    except NoRespondersError:
        return None


async def direct(client: Client, stream: str, *, where: str = OWN, **asked: Any) -> Msg | None:
    """The same of a stream that is there. Raises NoRespondersError where nobody answers for it now."""
    subject = f"{direct_get(where)}.{stream}"
    found = await client.request(subject, json.dumps(asked).encode(), timeout=ANSWER)
    return None if header(found, "Status") else found


async def following(
    client: Client, stream: str, after: int, subject: str, *, where: str = OWN, most: int = 250
) -> list[Msg]:
    """Messages of such a stream on `subject` (wildcards allowed) after a sequence, at most `most`, in order.

    Reading so needs no consumer and 250 at a time cost one request. Raises NoRespondersError where nobody
    answers for the stream now.
    """
    asked = {"seq": after + 1, "next_by_subj": subject, "batch": most, "max_bytes": 4_000_000}
    inbox, found = client.new_inbox(), list[Msg]()
    reading = await client.subscribe(inbox)
    try:
        await client.publish(f"{direct_batch(where)}.{stream}", json.dumps(asked).encode(), reply=inbox)
        while not header(answer := await reading.next_msg(timeout=ANSWER), "Status"):
            found.append(answer)
        if header(answer, "Status") == NOBODY:
            raise NoRespondersError
    finally:
        await reading.unsubscribe()
    return found


class Stored(msgspec.Struct, frozen=True):
    """What a stream answers to a message: where it is, or why it is not there."""

    seq: int = 0
    duplicate: bool = False
    error: dict[str, Any] | None = None


NOWHERE = Stored(error={"code": 503, "description": "no stream took it"})


async def put(client: Client, messages: Sequence[tuple[str, bytes, dict[str, str]]]) -> list[Stored]:
    """Publish messages (subject, body, headers) one behind the other; what each was answered, in order.

    Not by `publish_async`, whose futures never end where a stream refuses (nats-py 2.16, issue 985).
    Raises TimeoutError where an answer does not come: then what was stored is not known.
    """
    inbox, found = client.new_inbox(), dict[int, Stored]()
    answers = await client.subscribe(f"{inbox}.*")
    try:
        for number, (subject, body, headers) in enumerate(messages):
            await client.publish(subject, body, reply=f"{inbox}.{number}", headers=headers)
        while len(found) < len(messages):
            answer = await answers.next_msg(timeout=ANSWER)
            number = int(answer.subject.rpartition(".")[2])
            found[number] = msgspec.json.decode(answer.data, type=Stored) if answer.data else NOWHERE
    finally:
        await answers.unsubscribe()
    return [found[number] for number in range(len(messages))]


def header(found: Msg | None, name: str) -> str:
    """A header of a message, empty where there is no such header or no message."""
    return ((found.headers if found else None) or {}).get(name, "")


def sequence(found: Msg | None) -> int:
    """Sequence of a message that was read directly, 0 for none."""
    return int(header(found, "Nats-Sequence") or 0)


def counted(first: Msg | None) -> int:
    """How many messages there are from the first of a batch on, 0 for none."""
    return 1 + int(header(first, "Nats-Num-Pending") or 0) if first else 0
