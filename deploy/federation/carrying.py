"""Carrying files and applying membership at an instance that runs: its administrator speaks to its server."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import nats
import psutil
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.api import DEFAULT_PREFIX
from nats.js.errors import ServiceUnavailableError

from deploy import instance
from deploy.federation import carrier, contained
from deploy.federation.carrier import Manifest, Peer
from deploy.federation.configuration import DOWN, link_api
from deploy.federation.folder import FederationError, Folder
from deploy.federation.hub import DOCUMENT as HUB
from deploy.federation.hub import Hub
from deploy.federation.joining import SYSTEM, readmitted, role
from deploy.federation.region import DOCUMENT as REGION
from deploy.federation.region import Region
from deploy.federation.streams import close_links
from deploy.local.folder import running_settings
from deploy.local.nats import ADMIN, read_settings, write_settings
from deploy.provision import provision_streams
from shared.settings import Settings

BOOKMARKS = "carried.json"
RELOADED = 100  # tenths of a second that a server may take to read its configuration again


async def export(folder: Folder, to: str, *, again: bool = False) -> tuple[bytes, int]:
    """A file of what has come since the last one for the same reader, and how many messages it holds.

    Raises FederationError where there is no federation, or no such reader.
    """
    me, stream, reader = _outward(folder, to)
    place = f"{reader.name} {stream}"
    bookmarks = folder.document(BOOKMARKS) if folder.file(BOOKMARKS).exists() else {}
    after = 0 if again else int(bookmarks.get(place, 0))
    async with _administrator(folder) as client:
        api = link_api() if role(folder) == "region" else DEFAULT_PREFIX
        messages, last = await carrier.read(client.jetstream(prefix=api), stream, after)
    manifest = Manifest(me, reader.name, stream, after + 1, last, len(messages))
    folder.keep(BOOKMARKS, {**bookmarks, place: last})
    return carrier.packed(manifest, messages, folder.keys(), reader), len(messages)


async def take(folder: Folder, file: bytes) -> int:
    """Put a carried file into the streams; returns how many messages were new to them.

    Raises FederationError and `keys.Forged`; then nothing was taken.
    """
    me, writer = _inward(folder, carrier.manifest_of(file).writer)
    messages = carrier.unpacked(file, folder.keys(), me, writer)
    async with _administrator(folder) as client:
        return await carrier.deliver(client.jetstream(), messages)


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
    """Own name, the stream to read, and who reads the file."""
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
    if region not in document["regions"]:
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
