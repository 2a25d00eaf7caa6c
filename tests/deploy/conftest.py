"""A broker that a module has for itself, since its tests fill or harm streams."""

import shutil
from collections.abc import AsyncIterator, Iterator, Mapping

import nats
import pytest
import pytest_asyncio
from nats.aio.client import Client

from deploy.broker import provision
from deploy.broker.server_settings import ADMIN
from deploy.local.nats import NatsServer
from deploy.services import NAMES
from tests.servers import INSTANCE, PASSWORDS, temporary_folder


@pytest.fixture(scope="module")
def passwords() -> Mapping[str, str]:
    """Who may connect to `server`; a module that needs others has a fixture of this name."""
    return PASSWORDS


@pytest.fixture(scope="module")
def server(passwords: Mapping[str, str]) -> Iterator[NatsServer]:
    """A server of the module's own, without streams."""
    folder = temporary_folder()
    started = NatsServer(folder, INSTANCE, dict(passwords))
    try:
        started.start()
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest_asyncio.fixture(loop_scope="module")
async def admin(server: NatsServer, passwords: Mapping[str, str]) -> AsyncIterator[Client]:
    """The administrator of `server`, which has all streams and durables."""
    await provision.provision(server.url, ADMIN, passwords[ADMIN], INSTANCE, NAMES)
    client = await nats.connect(server.url, user=ADMIN, password=passwords[ADMIN])
    yield client
    await client.close()
