"""Applying membership at an instance that runs: its server reads its configuration again."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nats
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.errors import ServiceUnavailableError

from deploy.broker.provision import provision_streams
from deploy.broker.server_reload import read_again
from deploy.broker.server_settings import ADMIN, read_settings, write_settings
from deploy.data_folder.contents import running_settings
from deploy.federation.broker import container_reload
from deploy.federation.broker.administrator import connect, connected, settings_of
from deploy.federation.broker.leaf_configuration import SYSTEM, readmitted
from deploy.federation.broker.streams import close_links, links_of
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.store.membership_store import Folder
from shared.settings import Settings

RELOADED = 100  # tenths of a second that a server may take to read its configuration again


async def reload(folder: Folder, renewed: str = "") -> list[str] | None:
    """Apply the hub's membership to the instance that runs next to `folder`; None where none runs.

    Returns the servers whose links were closed; that of a region whose membership was `renewed` comes
    again by itself. Raises FederationError where the server does not take it: then every link is as before.
    """
    settings, path, write = _configuration(folder)
    if settings is None or not path.exists():
        return None
    try:
        system = await connect(settings, SYSTEM)
    except FederationError:
        return None  # it does not run, or is no hub's before its next start
    try:
        await rewritten(path, write, system)
        async with connected(settings, settings.nats_user) as client:
            await _provisioned(client, folder, settings)
        active = [member.region for member in Hub(folder).members(active=True)]
        return await close_links(system, active, renewed)
    except nats.errors.Error as error:
        raise FederationError(
            f"NATS went away before every link was looked at ({type(error).__name__}): say it again."
        ) from None
    finally:
        await system.close()


def _configuration(folder: Folder) -> tuple[Settings | None, Path, Callable[[], None]]:
    """The administrator's settings, the file that the server reads, and what writes it with the members of now."""
    if container_reload.here():
        settings = settings_of(folder)
        return (
            settings,
            container_reload.BROKER,
            partial(container_reload.write, folder, settings.instance if settings else ""),
        )
    path = folder.path.parent / "nats" / "nats.conf"

    def write() -> None:
        write_settings(path, readmitted(read_settings(path), folder.path))

    return running_settings(folder.path.parent, ADMIN), path, write


async def _provisioned(client: Client, folder: Folder, settings: Settings) -> None:
    """The streams of the members; nobody answers for an account that the server has not yet taken over."""
    for left in reversed(range(RELOADED)):
        try:
            await provision_streams(client, instance=settings.instance, links=links_of(folder.path))
        except (NoRespondersError, ServiceUnavailableError):
            if not left:
                raise
            await asyncio.sleep(0.1)
        else:
            return


async def rewritten(path: Path, write: Callable[[], None], system: Client) -> None:
    """Have `write` write the configuration at `path`, and the server read it.

    Raises FederationError with the server's own words where it refuses; then the file is as it was, with
    which the server goes on. `system` speaks as the system account's user.
    """
    before = _content(path)
    try:
        write()
        await _read_again(system)
    except BaseException:
        if before is not None:
            _put_back(path, before)
        raise


async def _read_again(system: Client) -> None:
    try:
        refused = await read_again(system)
    except (nats.errors.Error, OSError) as error:
        raise FederationError(
            f"NATS did not answer whether it reads its new configuration ({type(error).__name__}): try again."
        ) from None
    if refused is not None:
        raise FederationError(
            f"NATS refused its new configuration: {refused}. It goes on with the old"
            " one, so every link is as before."
        )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put_back(path: Path, content: bytes) -> None:
    """As it was, for its owner alone: passwords are in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
