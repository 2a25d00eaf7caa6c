"""Figures and publications as a file that a person carries, where there is no link at all.

A file holds the messages of one stream from one place on, as they are, compressed, sealed for its
reader and signed by its writer. It mixes freely with the link: what comes both ways has one event id,
which the stream knows for an hour and the inbox for good, and figures are ordered by their versions.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Annotated, NamedTuple

import msgspec
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Forged, Keys
from deploy.federation.transfer import legacy_sealing, sealing
from shared.federation.protocol import CARRIED, carried_as
from shared.messaging.publisher import HEADERS
from shared.messaging.stream_names import EVENT_ID

MOST = 128 * 1024 * 1024  # bytes of a file, and when unpacked: one that has more was not made by us
ROOM = 64 * 1024 * 1024  # bytes of messages in one file: another one takes what follows
MESSAGES = 100_000  # in one file
LARGEST = 4 * 1024 * 1024 - HEADERS  # bytes of a message: of the `max_payload` of nats-server
OVERHEAD = 16  # bytes that packing adds to a message, at most
_GZIP_OR_ZLIB = 47  # window bits: earlier files are zlib's
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)  # of what others wrote


Name = Annotated[str, msgspec.Meta(max_length=256)]  # more may not fit a line of nats-server's protocol


class Carried(msgspec.Struct, frozen=True):
    """One message: its subject, its event id and its bytes; no more of any than nats-server takes."""

    subject: Name
    event_id: Name
    data: Annotated[bytes, msgspec.Meta(max_length=LARGEST)]


Messages = Annotated[
    list[Carried], msgspec.Meta(max_length=MESSAGES)
]  # more would fill memory with empty ones


class Manifest(msgspec.Struct, frozen=True):
    """The head of a file, readable by anybody: from, to, and which numbers of the stream it covers.

    `stream` is the name of the uplink, which has the epoch in it, or DOWN. `since` is when that stream was made:
    one that was deleted and made again begins again with number 1.
    """

    writer: Name
    reader: Name
    stream: Name
    first: int
    last: int
    count: int
    since: Name = ""


class Piece(NamedTuple):
    """Messages of a stream, the number up to which they are all there is, and whether more follow it."""

    messages: list[Carried]
    last: int
    more: bool = False


@dataclass(frozen=True)
class Peer:
    """The other side: its name, the public halves of its keys, and where it publishes: ``up`` or ``down``."""

    name: str
    nkey: str
    box: str
    reach: str


def packed(manifest: Manifest, messages: Sequence[Carried], keys: Keys, reader: Peer) -> bytes:
    """A file: the messages as MessagePack in gzip, sealed and signed."""
    content = gzip.compress(msgspec.msgpack.encode(messages), mtime=0)
    return sealing.seal(msgspec.json.encode(manifest), content, keys, reader.box)


def manifest_of(file: bytes) -> Manifest:
    """The head of a file; nothing of it is verified yet. Raises FederationError."""
    try:
        return msgspec.json.decode(_format(file).manifest_of_file(file), type=Manifest)
    except _UNREADABLE:
        raise FederationError("This file does not say whose it is.") from None


def unpacked(file: bytes, keys: Keys, reader: str, writer: Peer) -> list[Carried]:
    """The messages of a file for `reader`, proven to come from `writer`.

    Raises Forged for a signature or seal that does not hold and for a message whose subject is not
    the writer's; FederationError for what is no such file.
    """
    manifest = manifest_of(file)
    if manifest.reader != reader or manifest.writer != writer.name:
        raise FederationError(f"The file is from {manifest.writer} for {manifest.reader}.")
    unzip = zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    try:
        plain = unzip.decompress(_format(file).opened(file, keys, writer.nkey), MOST)
        messages = msgspec.msgpack.decode(plain, type=Messages) if unzip.eof else []
    except (zlib.error, *_UNREADABLE):
        raise FederationError("The file is damaged.") from None
    if not unzip.eof or len(messages) != manifest.count:
        raise FederationError("The file is not whole.")
    own = re.compile(rf"steward\.{re.escape(writer.name)}\.{writer.reach}(\.[A-Za-z0-9-]+)+")
    for message in messages:
        if not own.fullmatch(message.subject):
            raise Forged(
                f"{writer.name} speaks for another instance in this file, or not of what it publishes."
            )
    return messages


def _format(file: bytes) -> ModuleType:
    return legacy_sealing if file.startswith(legacy_sealing.MAGIC) else sealing


async def read(jetstream: JetStreamContext, stream: str, subject: str, after: int) -> Piece:
    """What a stream has on `subject` after number `after`, as far as one file has room for it."""
    end = int((await jetstream.stream_info(stream)).state.last_seq)
    number, found, room = after, list[Carried](), ROOM
    while number < end:
        try:
            message = await jetstream.get_msg(stream, number + 1, subject, next=True)
        except NotFoundError:
            break  # the rest has aged out, or is of another subject
        if int(message.seq or 0) > end:
            break
        if room <= 0 or len(found) == MESSAGES:
            return Piece(found, number, more=True)
        number = int(message.seq or 0)
        found.append(_carried(message))
        room -= _size(found[-1])
    return Piece(found, max(after, end))


async def deliver(
    jetstream: JetStreamContext,
    messages: Sequence[Carried],
    stream: str = "",
    reached: int = 0,
    arrived: Callable[[], None] = lambda: None,
) -> int:
    """Put carried messages where those of the link arrive; returns how many were new. Calls `arrived` after each.

    Each message has the number that it has in the uplink `stream` as a header, counted on from `reached`.
    """
    fresh = 0
    for message in messages:
        headers = {EVENT_ID: message.event_id, CARRIED: stream and f"{stream} {reached + fresh + 1}"}
        subject = carried_as(message.subject)
        given = {name: value for name, value in headers.items() if value}
        ack = await jetstream.publish(subject, message.data, headers=given)
        fresh += not ack.duplicate
        arrived()
    return fresh


def missed(known: int, manifest: Manifest) -> range:
    """Numbers that no file brought, where those that came before this one reach to `known`."""
    return range(known + 1, manifest.first)


def _size(message: Carried) -> int:
    return len(message.data) + len(message.subject) + len(message.event_id) + OVERHEAD


def _carried(message: RawStreamMsg) -> Carried:
    headers = message.headers or {}
    return Carried(str(message.subject), headers.get(EVENT_ID, ""), message.data or b"")
