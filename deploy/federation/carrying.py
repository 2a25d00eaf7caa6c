"""Carrying files at an instance that runs: its administrator speaks to its server."""

from typing import Any

from nats.js.api import DEFAULT_PREFIX

from deploy.federation import carrier
from deploy.federation.administrator import administrator
from deploy.federation.carrier import Manifest, Peer
from deploy.federation.configuration import DOWN, link_api
from deploy.federation.folder import FederationError, Folder
from deploy.federation.hub import ACTIVE
from deploy.federation.joining import role
from deploy.federation.kept import HUB, REGION
from deploy.federation.keys import check_box, check_nkey
from deploy.federation.region import Region

BOOKMARKS = "carried.json"


async def export(folder: Folder, to: str, *, again: bool = False) -> tuple[bytes, int]:
    """A file of what has come since the last one for the same reader, and how many messages it holds.

    Raises FederationError where there is no federation, or no such reader.
    """
    me, stream, reader = _outward(folder, to)
    place = f"{reader.name} {stream}"
    bookmarks = folder.document(BOOKMARKS) if folder.file(BOOKMARKS).exists() else {}
    after = 0 if again else int(bookmarks.get(place, 0))
    async with administrator(folder) as client:
        api = link_api() if role(folder) == "region" else DEFAULT_PREFIX
        messages, last = await carrier.read(client.jetstream(prefix=api), stream, after)
    manifest = Manifest(me, reader.name, stream, after + 1, last, len(messages))
    folder.keep(BOOKMARKS, {**bookmarks, place: last})
    return carrier.packed(manifest, messages, folder.keys(), reader), len(messages)


async def take(folder: Folder, file: bytes) -> int:
    """Put a carried file into the streams; returns how many messages were new to them.

    Raises FederationError and `keys.Forged`; then nothing was taken.
    """
    me, writer = _inward(folder, carrier.manifest_of(file))
    messages = carrier.unpacked(file, folder.keys(), me, writer)
    async with administrator(folder) as client:
        return await carrier.deliver(client.jetstream(), messages)


def _outward(folder: Folder, to: str) -> tuple[str, str, Peer]:
    """Own name, the stream to read, and who reads the file."""
    if role(folder) == "region":
        document = folder.document(REGION)
        return document["region"], Region(folder).uplink(), _peer(document["hub"], document, "down")
    if role(folder) != "hub":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB)
    if to not in document["regions"]:
        raise FederationError(f"{to or 'Nobody'} is no member of this federation: say --to REGION.")
    return document["hub"], DOWN, _member(document, to)


def _inward(folder: Folder, manifest: Manifest) -> tuple[str, Peer]:
    """Own name, and who must have written the file."""
    kind = role(folder)
    if kind == "none":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB if kind == "hub" else REGION)
    me = document[kind]
    if manifest.writer == me:
        raise FederationError(f"This file was written here, for {manifest.reader}: import it there.")
    if kind == "region":
        return me, _peer(document["hub"], document, "down")
    if manifest.writer not in document["regions"]:
        raise FederationError(f"The file is from {manifest.writer}, which is no member of this federation.")
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
        raise FederationError(
            f"The keys of {name} are no use: {error} Exchange request and welcome again."
        ) from None
    return Peer(name, keys["nkey"], keys["box"], reach)
