"""Carrying files at an instance that runs: its administrator speaks to its server."""

import sys
from dataclasses import dataclass
from typing import Any

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from deploy.federation.broker.administrator import administrator
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import ACTIVE, is_member
from deploy.federation.membership.region import Region
from deploy.federation.pki.keys import check_box, check_nkey
from deploy.federation.store.membership_store import Folder
from deploy.federation.store.schemas import BOOKMARKS, HUB, REGION, TAKEN
from deploy.federation.transfer import bundle
from deploy.federation.transfer.bundle import Manifest, Peer
from deploy.printing import Progress
from shared.events.event import published
from shared.federation import heartbeat
from shared.federation.protocol import api, arrivals, link
from shared.messaging.stream_names import DOWN, UP


@dataclass(frozen=True)
class Export:
    """A file to be written, and whether what follows it waits for another one."""

    content: bytes
    manifest: Manifest
    more: bool


@dataclass(frozen=True)
class Import:
    """What a file brought: messages, those of them that were new, and numbers that no file brought."""

    count: int
    fresh: int
    missed: range


async def export(folder: Folder, to: str, *, again: bool = False) -> Export:
    """A file of what has come since the last one for the same reader, which `written` remembers.

    A region's is read from UP and not from its uplink, so that it brings what a metered line has not.
    Raises FederationError where there is no federation, or no such reader.
    """
    me, stream, reader = _outward(folder, to)
    source, reach = (DOWN, "down") if stream == DOWN else (UP, "up")
    async with administrator(folder) as client:
        jetstream = client.jetstream()
        since = str((await jetstream.stream_info(source)).created or "")
        after = 0 if again else _number(folder, BOOKMARKS, _place(reader.name, stream, since))
        found = await bundle.read(jetstream, source, f"{published(me, reach)}.>", after)
    manifest = Manifest(me, reader.name, stream, after + 1, found.last, len(found.messages), since)
    return Export(bundle.packed(manifest, found.messages, folder.keys(), reader), manifest, found.more)


def written(folder: Folder, exported: Export) -> None:
    """Remember what is in a file, once it is where it can be carried from: the next one goes on there."""
    manifest = exported.manifest
    _keep(folder, BOOKMARKS, _place(manifest.reader, manifest.stream, manifest.since), manifest.last)


async def take(folder: Folder, file: bytes) -> Import:
    """Put a carried file into the streams, and remember how far it reached; a terminal sees how far it is.

    Raises FederationError and `keys.Forged`; then nothing was taken.
    """
    manifest = bundle.manifest_of(file)
    me, writer = _inward(folder, manifest)
    messages = bundle.unpacked(file, folder.keys(), me, writer)
    async with administrator(folder) as client:
        reached = await _reached(client, manifest) if writer.reach == "up" else 0
        progress = Progress(sys.stderr)
        with progress.working(f"taking over {len(messages)} messages", len(messages)):
            fresh = await bundle.deliver(
                client.jetstream(), messages, manifest.stream, reached, progress.advance
            )
    place = _place(manifest.writer, manifest.stream, f"{manifest.since} {folder.epoch()}")
    known = _number(folder, TAKEN, place)
    _keep(folder, TAKEN, place, max(known, manifest.last))
    return Import(len(messages), fresh, bundle.missed(known, manifest))


async def _reached(client: Client, manifest: Manifest) -> int:
    """How far what is there of the uplink reaches: what the file brings comes on top of it."""
    region = manifest.writer
    streams = client.jetstream(prefix=api(link(region)))
    try:
        last = await streams.get_last_msg(arrivals(region), f"{published(region, 'up')}.>")
    except NotFoundError:
        return 0
    stream, number = heartbeat.reached(last.headers)
    return number if stream == manifest.stream else 0


def _place(other: str, stream: str, since: str) -> str:
    """The key of a bookmark: a stream that was made again has one of its own."""
    return f"{other} {stream} {since}"


def _number(folder: Folder, name: str, place: str) -> int:
    return int(folder.document(name).get(place, 0)) if folder.file(name).exists() else 0


def _keep(folder: Folder, name: str, place: str, number: int) -> None:
    known = folder.document(name) if folder.file(name).exists() else {}
    folder.keep(name, {**known, place: number})


def _outward(folder: Folder, to: str) -> tuple[str, str, Peer]:
    """Own name, the stream as files call it, and who reads the file."""
    if folder.role() == "region":
        document = folder.document(REGION)
        return document["region"], Region(folder).uplink(), _peer(document["hub"], document, "down")
    if folder.role() != "hub":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB)
    if not is_member(document, to):
        raise FederationError(f"{to or 'Nobody'} is no member of this federation: say --to REGION.")
    return document["hub"], DOWN, _member(document, to)


def _inward(folder: Folder, manifest: Manifest) -> tuple[str, Peer]:
    """Own name, and who must have written the file."""
    kind = folder.role()
    if kind == "none":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB if kind == "hub" else REGION)
    me = document[kind]
    if manifest.writer == me:
        raise FederationError(f"This file was written here, for {manifest.reader}: import it there.")
    if kind == "region":
        return me, _peer(document["hub"], document, "down")
    if not is_member(document, manifest.writer):
        raise FederationError(
            f"This file cannot be taken: {manifest.writer} is no member of this federation."
        )
    return me, _member(document, manifest.writer)


def _member(document: dict[str, Any], region: str) -> Peer:
    """A region that may speak and hear."""
    if document["regions"][region]["state"] != ACTIVE:
        raise FederationError(
            f"{region} is suspended: `steward federation resume {region}` comes before files."
        )
    return _peer(region, document["regions"][region], "up")


def _peer(name: str, keys: dict[str, str], reach: str) -> Peer:
    try:
        check_nkey(keys["nkey"])
        check_box(keys["box"])
    except ValueError as error:
        raise FederationError(f"The keys of {name} are no use ({error}) Ask and be added again.") from None
    return Peer(name, keys["nkey"], keys["box"], reach)
