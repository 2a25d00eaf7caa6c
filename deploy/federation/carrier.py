"""Figures and publications as a file that a person carries, where there is no link at all.

A file holds the messages of one stream from one place on, as they are, compressed, sealed for its
reader and signed by its writer. It mixes freely with the link: what comes both ways has one event id,
which the stream knows for an hour and the inbox for good, and figures are ordered by their versions.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import msgspec
from nats.js import JetStreamContext
from nats.js.api import RawStreamMsg
from nats.js.errors import NotFoundError

from deploy.federation.folder import FederationError
from deploy.federation.keys import Forged, Keys, sealed, verify
from services.gateway.beats import CARRIED

MAGIC = b"steward-carried-1\n"
_SIGNATURE = 64  # bytes of Ed25519
MOST = 512 * 1024 * 1024  # bytes when unpacked: a file that claims more was not made by us
ROOM = 64 * 1024 * 1024  # bytes of messages in one file: another one takes what follows
MESSAGES = 100_000  # in one file
OVERHEAD = 16  # bytes that packing adds to a message, at most


class Carried(msgspec.Struct, frozen=True):
    """One message: its subject, its event id and its bytes."""

    subject: str
    event_id: str
    data: bytes


class Manifest(msgspec.Struct, frozen=True):
    """What a file says of itself, readable by anybody: from, to, and which numbers of the stream it covers.

    `stream` names the uplink whose epoch it is, or DOWN; `since` says when the stream was made whose
    numbers these are, because one that was made anew counts anew.
    """

    writer: str
    reader: str
    stream: str
    first: int
    last: int
    count: int
    since: str = ""


class Portion(NamedTuple):
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
    """The file: magic, manifest as one line of JSON, signature, sealed messages."""
    content = sealed(zlib.compress(msgspec.msgpack.encode(messages), 9), reader.box)
    head = MAGIC + msgspec.json.encode(manifest) + b"\n"
    return head + keys.sign(head + content) + content


def manifest_of(file: bytes) -> Manifest:
    """What a file says of itself; nothing of it is proven yet. Raises FederationError."""
    line, _ = _split(file)
    try:
        return msgspec.json.decode(line, type=Manifest)
    except msgspec.MsgspecError:
        raise FederationError("This file does not say whose it is.") from None


def unpacked(file: bytes, keys: Keys, reader: str, writer: Peer) -> list[Carried]:
    """The messages of a file for `reader`, proven to come from `writer`.

    Raises Forged for a signature or seal that does not hold and for a message whose subject is not
    the writer's; FederationError for what is no such file.
    """
    manifest = manifest_of(file)
    if manifest.reader != reader or manifest.writer != writer.name:
        raise FederationError(f"The file is from {manifest.writer} for {manifest.reader}.")
    line, rest = _split(file)
    head, signature, content = MAGIC + line + b"\n", rest[:_SIGNATURE], rest[_SIGNATURE:]
    verify(writer.nkey, head + content, signature)
    unzip = zlib.decompressobj()
    try:
        plain = unzip.decompress(keys.opened(content), MOST)
        messages = msgspec.msgpack.decode(plain, type=list[Carried])
    except (zlib.error, msgspec.MsgspecError):
        raise FederationError("The file is damaged.") from None
    if unzip.unconsumed_tail or len(messages) != manifest.count:
        raise FederationError("The file is not whole.")
    own = re.compile(rf"steward\.{re.escape(writer.name)}\.{writer.reach}(\.[A-Za-z0-9-]+)+")
    for message in messages:
        if not own.fullmatch(message.subject):
            raise Forged(
                f"{writer.name} speaks for another instance in this file, or not of what it publishes."
            )
    return messages


async def read(jetstream: JetStreamContext, stream: str, subject: str, after: int) -> Portion:
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
            return Portion(found, number, more=True)
        number = int(message.seq or 0)
        found.append(_carried(message))
        room -= _size(found[-1])
    return Portion(found, max(after, end))


async def deliver(
    jetstream: JetStreamContext, messages: Sequence[Carried], stream: str = "", reached: int = 0
) -> int:
    """Put carried messages where those of the link arrive; returns how many were new there.

    Each says with how many others of the uplink `stream` it is there, counted on from the `reached` ones.
    """
    fresh = 0
    for message in messages:
        headers = {"Nats-Msg-Id": message.event_id, CARRIED: stream and f"{stream} {reached + fresh + 1}"}
        subject = f"carried.{message.subject.removeprefix('steward.')}"
        given = {name: value for name, value in headers.items() if value}
        ack = await jetstream.publish(subject, message.data, headers=given)
        fresh += not ack.duplicate
    return fresh


def missed(known: int, manifest: Manifest) -> range:
    """Numbers that no file brought, where those that came before this one reach to `known`."""
    return range(known + 1, manifest.first)


def _size(message: Carried) -> int:
    return len(message.data) + len(message.subject) + len(message.event_id) + OVERHEAD


def _carried(message: RawStreamMsg) -> Carried:
    headers = message.headers or {}
    return Carried(str(message.subject), headers.get("Nats-Msg-Id", ""), message.data or b"")


def _split(file: bytes) -> tuple[bytes, bytes]:
    """The manifest's line, and what follows it."""
    line, separator, rest = file.removeprefix(MAGIC).partition(b"\n")
    if not file.startswith(MAGIC) or not separator or len(rest) <= _SIGNATURE:
        raise FederationError("This is no file of a federation.")
    return line, rest
