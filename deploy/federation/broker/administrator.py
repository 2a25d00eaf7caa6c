"""The administrator of the instance that runs here: its settings, and its connection to the server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import nats
from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.js.errors import NoStreamResponseError, NotFoundError, ServiceUnavailableError

from deploy import secrets
from deploy.broker.server_settings import ADMIN
from deploy.data_folder.contents import running_settings
from deploy.federation.federation_error import FederationError
from deploy.federation.store.membership_store import Folder
from shared.settings import Settings

_NOT_YET = (NoRespondersError, NoStreamResponseError, NotFoundError, ServiceUnavailableError)


def settings_of(folder: Folder) -> Settings | None:
    """The administrator's settings: of the environment, an instance's secrets, or the stack next to the folder."""
    settings = Settings(service=ADMIN)
    if settings.nats_user:
        return settings
    return secrets.settings_of(ADMIN) or running_settings(folder.path.parent, ADMIN)


@asynccontextmanager
async def administrator(folder: Folder) -> AsyncIterator[Client]:
    """A connection as the administrator. Raises FederationError, also for what the server refuses in it."""
    settings = settings_of(folder)
    if settings is None:
        raise FederationError("No stack runs here, and no STEWARD_ settings are in the environment.")
    async with connected(settings, settings.nats_user) as client:
        yield client


@asynccontextmanager
async def connected(settings: Settings, user: str) -> AsyncIterator[Client]:
    """A connection as `user`. Raises FederationError, also for what the server refuses in it."""
    client = await connect(settings, user)
    try:
        yield client
    except _NOT_YET as error:
        raise FederationError(
            f"NATS has not the streams of the federation yet ({type(error).__name__}): restart the stack, or"
            " its server and run `steward provision`."
        ) from None
    except (nats.errors.Error, OSError) as error:
        raise FederationError(f"NATS refused, or went away: {type(error).__name__}: {error}") from None
    finally:
        await client.close()


async def connect(settings: Settings, user: str) -> Client:
    """The same for who closes it. Raises FederationError where nobody answers."""
    try:
        return await nats.connect(
            settings.nats_servers(),
            user=user,
            password=settings.nats_password,
            max_reconnect_attempts=1,
            error_cb=_silent,
        )
    except (OSError, nats.errors.Error) as error:
        raise FederationError(f"NATS was not reached: {type(error).__name__}.") from None


async def _silent(_: Exception) -> None:
    """What goes wrong is raised to who asked; the client would print a traceback of each attempt too."""
