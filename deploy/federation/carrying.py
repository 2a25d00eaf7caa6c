"""Carrying files and applying membership at an instance that runs: its administrator speaks to its server."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import nats
import psutil
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.errors import ServiceUnavailableError

from deploy import instance
from deploy.federation import carrier, contained
from deploy.federation.carrier import Manifest, Peer
from deploy.federation.configuration import DOWN
from deploy.federation.folder import FederationError, Folder
from deploy.federation.hub import DOCUMENT as HUB
from deploy.federation.hub import Hub, is_member
from deploy.federation.joining import SYSTEM, readmitted, role
from deploy.federation.region import DOCUMENT as REGION
from deploy.federation.region import Region
from deploy.federation.streams import close_links
from deploy.local.folder import running_settings
from deploy.local.nats import ADMIN, read_settings, write_settings
from deploy.provision import provision_streams
from shared.settings import Settings

UP = "UP"
BOOKMARKS = "carried.json"  # by reader and stream the last number that went into a file
TAKEN = "taken.json"  # by writer, stream and own epoch, as a backup lacks what came, the last number in one
RELOADED = 100  # tenths of a second that a server may take to read its configuration again


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
    async with _administrator(folder) as client:
        jetstream = client.jetstream()
        since = str((await jetstream.stream_info(source)).created or "")
        after = 0 if again else _number(folder, BOOKMARKS, _place(reader.name, stream, since))
        found = await carrier.read(jetstream, source, f"steward.{me}.{reach}.>", after)
    manifest = Manifest(me, reader.name, stream, after + 1, found.last, len(found.messages), since)
    return Export(carrier.packed(manifest, found.messages, folder.keys(), reader), manifest, found.more)


def written(folder: Folder, exported: Export) -> None:
    """Remember what is in a file, once it is where it can be carried from: the next one goes on there."""
    manifest = exported.manifest
    _keep(folder, BOOKMARKS, _place(manifest.reader, manifest.stream, manifest.since), manifest.last)


async def take(folder: Folder, file: bytes) -> Import:
    """Put a carried file into the streams, and remember how far it reached.

    Raises FederationError and `keys.Forged`; then nothing was taken.
    """
    manifest = carrier.manifest_of(file)
    me, writer = _inward(folder, manifest.writer)
    messages = carrier.unpacked(file, folder.keys(), me, writer)
    async with _administrator(folder) as client:
        fresh = await carrier.deliver(client.jetstream(), messages)
    place = _place(manifest.writer, manifest.stream, f"{manifest.since} {folder.epoch()}")
    known = _number(folder, TAKEN, place)
    _keep(folder, TAKEN, place, max(known, manifest.last))
    return Import(len(messages), fresh, carrier.missed(known, manifest))


def _place(other: str, stream: str, since: str) -> str:
    """What is counted on its own: a stream that was made anew counts anew."""
    return f"{other} {stream} {since}"


def _number(folder: Folder, name: str, place: str) -> int:
    return int(folder.document(name).get(place, 0)) if folder.file(name).exists() else 0


def _keep(folder: Folder, name: str, place: str, number: int) -> None:
    known = folder.document(name) if folder.file(name).exists() else {}
    folder.keep(name, {**known, place: number})


async def reload(folder: Folder, renewed: str = "") -> list[str] | None:
    """Apply the hub's membership to the instance that runs beside `folder`; None where none runs.

    Returns the servers whose links were closed; that of a region whose membership was `renewed` comes
    again by itself.
    """
    settings, home = _settings(folder), folder.path.parent / "nats"
    if settings is None:
        return None
    if contained.here():
        return await _reload_contained(folder, settings, renewed)
    if not _running(home / "nats.pid"):
        return None
    write_settings(home / "nats.conf", readmitted(read_settings(home / "nats.conf"), folder.path))
    os.kill(int((home / "nats.pid").read_text()), signal.SIGHUP)
    return await _streams_and_links(folder, settings, renewed)


async def _reload_contained(folder: Folder, settings: Settings, renewed: str) -> list[str] | None:
    """The same where broker and this command are in containers; None before the server is a hub's."""
    try:
        system = await _connect(settings, SYSTEM)
    except FederationError:
        return None
    try:
        await contained.write_and_reload(folder, settings.instance, system)
    finally:
        await system.close()
    return await _streams_and_links(folder, settings, renewed)


async def _streams_and_links(folder: Folder, settings: Settings, renewed: str) -> list[str]:
    """The streams of the members, and no link of anybody else; returns whose were closed."""
    async with _administrator(folder) as client:
        await _provisioned(client, folder, settings)
    system = await _connect(settings, SYSTEM)
    try:
        active = [member.region for member in Hub(folder).members(active=True)]
        return await close_links(system, active, renewed)
    finally:
        await system.close()


async def _provisioned(client: Client, folder: Folder, settings: Settings) -> None:
    """The streams of the members; nobody answers for an account that the server has not yet taken over."""
    for left in reversed(range(RELOADED)):
        try:
            await provision_streams(client, instance=settings.instance, federation=folder.path)
        except (NoRespondersError, ServiceUnavailableError):
            if not left:
                raise
            await asyncio.sleep(0.1)
        else:
            return


def _outward(folder: Folder, to: str) -> tuple[str, str, Peer]:
    """Own name, the stream as files call it, and who reads the file."""
    if role(folder) == "region":
        document = folder.document(REGION)
        return document["region"], Region(folder).uplink(), _peer(document["hub"], document)
    if role(folder) != "hub":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB)
    return document["hub"], DOWN, _member(document, to)


def _inward(folder: Folder, writer: str) -> tuple[str, Peer]:
    """Own name, and who must have written the file."""
    if role(folder) == "region":
        document = folder.document(REGION)
        return document["region"], _peer(document["hub"], document)
    if role(folder) != "hub":
        raise FederationError(f"{folder.path} belongs to no federation.")
    document = folder.document(HUB)
    return document["hub"], _member(document, writer)


def _member(document: dict[str, dict[str, dict[str, str]]], region: str) -> Peer:
    if not is_member(document, region):
        raise FederationError(f"{region or 'Nobody'} is no member of this federation: say --to REGION.")
    return _peer(region, document["regions"][region])


def _peer(name: str, keys: dict[str, str]) -> Peer:
    return Peer(name, keys["nkey"], keys["box"])


def _settings(folder: Folder) -> Settings | None:
    """The administrator's settings: of the environment, an instance's secrets, or the stack beside the folder."""
    settings = Settings(service=ADMIN)
    if settings.nats_user:
        return settings
    return instance.settings_of(ADMIN) or running_settings(folder.path.parent, ADMIN)


def _running(pid_file: Path) -> bool:
    return pid_file.exists() and psutil.pid_exists(int(pid_file.read_text() or "0"))


@asynccontextmanager
async def _administrator(folder: Folder) -> AsyncIterator[Client]:
    settings = _settings(folder)
    if settings is None:
        raise FederationError("No stack runs here, and no STEWARD_ settings are in the environment.")
    client = await _connect(settings, settings.nats_user)
    try:
        yield client
    finally:
        await client.close()


async def _connect(settings: Settings, user: str) -> Client:
    try:
        return await nats.connect(
            settings.nats_servers(), user=user, password=settings.nats_password, max_reconnect_attempts=1
        )
    except (OSError, nats.errors.Error) as error:
        raise FederationError(f"NATS was not reached: {type(error).__name__}.") from None
