"""Carrying files and applying membership at an instance that runs: its administrator speaks to its server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import nats
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
from deploy.federation.reloading import rewritten
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
    again by itself. Raises FederationError where the server does not take it: then every link is as before.
    """
    settings, path, write = _configuration(folder)
    if settings is None or not path.exists():
        return None
    try:
        system = await _connect(settings, SYSTEM)
    except FederationError:
        return None  # it does not run, or is no hub's before its next start
    try:
        await rewritten(path, write, system)
        async with _connected(settings, settings.nats_user) as client:
            await _provisioned(client, folder, settings)
        active = [member.region for member in Hub(folder).members(active=True)]
        return await close_links(system, active, renewed)
    finally:
        await system.close()


def _configuration(folder: Folder) -> tuple[Settings | None, Path, Callable[[], None]]:
    """The administrator's settings, the file that the server reads, and what writes it with the members of now."""
    if contained.here():
        settings = _settings(folder)
        return (
            settings,
            contained.BROKER,
            partial(contained.write, folder, settings.instance if settings else ""),
        )
    path = folder.path.parent / "nats" / "nats.conf"

    def write() -> None:
        write_settings(path, readmitted(read_settings(path), folder.path))

    return running_settings(folder.path.parent, ADMIN), path, write


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


@asynccontextmanager
async def _administrator(folder: Folder) -> AsyncIterator[Client]:
    settings = _settings(folder)
    if settings is None:
        raise FederationError("No stack runs here, and no STEWARD_ settings are in the environment.")
    async with _connected(settings, settings.nats_user) as client:
        yield client


@asynccontextmanager
async def _connected(settings: Settings, user: str) -> AsyncIterator[Client]:
    client = await _connect(settings, user)
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
