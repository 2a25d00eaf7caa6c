"""Fixtures for every test: real servers, fresh data per module, tokens, the movable clock, served apps."""

import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import pytest_asyncio
from fastapi import FastAPI

from deploy.data_folder.issuer import Issuer, make_issuer
from deploy.local.nats import NatsServer
from deploy.local.postgres import PostgresServer
from deploy.services import owners
from shared import clock as domain_clock
from shared.settings import Settings
from tests.served import Client, application, serving
from tests.servers import (
    INSTANCE,
    PASSWORDS,
    Databases,
    Nats,
    Postgres,
    durables_of,
    fresh_durables,
    fresh_streams,
    run,
    sweep,
    temporary_folder,
)

pytest_plugins = ["tests.instance_of_process"]
os.environ.setdefault("STEWARD_METRICS_PORT", "0")  # gateways of several test processes are beside each other
PEPPER = "pepper-of-the-tests"
SUPERUSER_PASSWORD = "superuser-secret"
CONTAINERS = "containers"
Server = TypeVar("Server", Postgres, Nats)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Where servers come from is said, and never guessed from what happens to be installed."""
    parser.addoption("--backend", choices=("embedded", CONTAINERS), default="embedded")


def pytest_configure(config: pytest.Config) -> None:
    """In CI a test on containers that cannot be had fails, all of them at once."""
    if config.getoption("backend") == CONTAINERS and os.environ.get("CI"):
        from tests.containers import engines

        if engines.missing():
            raise pytest.UsageError(engines.missing())


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses a server is an integration test; the longest files come first, not alone at the end."""
    for item in items:
        if {"postgres_server", "nats_server"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("integration")
    longest = {item.path: mark.args[0] for item in items if (mark := item.get_closest_marker("slow"))}
    items.sort(key=lambda item: -longest.get(item.path, 0))


@pytest.fixture(scope="session")
def in_containers(request: pytest.FixtureRequest) -> bool:
    """Whether the servers are containers; skips where there can be none."""
    if request.config.getoption("backend") != CONTAINERS:
        return False
    from tests.containers import engines

    if engines.missing():
        pytest.skip(engines.missing())
    engines.sweep()
    return True


def started(server: Server) -> Iterator[Server]:
    """A server while tests use it; what a start that failed had begun is stopped too."""
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """Folder of this process's servers."""
    sweep()
    folder = temporary_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path, in_containers: bool) -> Iterator[Postgres]:
    """PostgreSQL of this process; without crash safety, but for that the real thing."""
    if in_containers:
        from tests.containers.engines import PostgresInContainer

        yield from started(PostgresInContainer(SUPERUSER_PASSWORD))
    else:
        yield from started(PostgresServer(server_folder, SUPERUSER_PASSWORD, durable=False))


@pytest.fixture(scope="session")
def nats_server(server_folder: Path, in_containers: bool) -> Iterator[Nats]:
    """nats-server of this process, with the users and permissions that services have."""
    if in_containers:
        from tests.containers.engines import NatsInContainer

        yield from started(NatsInContainer(INSTANCE, PASSWORDS))
    else:
        yield from started(NatsServer(server_folder, INSTANCE, PASSWORDS, durables=durables_of))


@pytest.fixture(scope="session")
def databases(postgres_server: Postgres) -> Databases:
    """Where fresh databases come from."""
    return Databases(postgres_server)


@pytest.fixture(scope="module")
def service_database(databases: Databases) -> Iterator[Callable[[str], str]]:
    """`service_database("planning")`: URL of that service's database, one fresh one a module."""
    urls: dict[str, str] = {}

    def url(service: str) -> str:
        if service not in urls:
            urls[service] = databases.fresh(service)
        return urls[service]

    yield url
    for used in urls.values():
        databases.drop(used)


@pytest.fixture(scope="module")
def nats_url(nats_server: Nats) -> str:
    """Address of the broker, with empty streams for this module."""
    run(fresh_streams(nats_server))
    return nats_server.url


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Signs the tokens of this process."""
    return make_issuer("test")


@pytest.fixture(scope="session")
def token(issuer: Issuer) -> Callable[..., str]:
    """`token("leader", units=("N01",), subject="ama")`: a signed access token, see `Issuer.token`."""
    return issuer.token


@pytest.fixture(scope="session")
def jwks_path(issuer: Issuer, server_folder: Path) -> Path:
    """The issuer's public key set as a file."""
    path = server_folder / "jwks.json"
    path.write_text(json.dumps(issuer.jwks()))
    return path


class Clock:
    """Domain time of this module: `forward(days=30)`, `reset()`."""

    def __init__(self, path: Path) -> None:
        """Move the processes that follow `path`."""
        self.path = path
        self.reset()

    def forward(self, **how_far: float) -> None:
        """Add to the offset; keywords as timedelta has them."""
        domain_clock.set_offset(self.path, domain_clock.offset() + timedelta(**how_far))

    def reset(self) -> None:
        """Back to real time."""
        domain_clock.set_offset(self.path, timedelta())


@pytest.fixture(scope="module")
def clock_file(server_folder: Path) -> Path:
    """File with the offset of domain time."""
    return server_folder / "clock"


@pytest.fixture
def clock(clock_file: Path) -> Iterator[Clock]:
    """The movable clock, followed by this process; real time again after the test."""
    domain_clock.follow(clock_file)
    moved = Clock(clock_file)
    yield moved
    moved.reset()
    domain_clock.follow(None)


@pytest.fixture(scope="module")
def settings(
    service_database: Callable[[str], str],
    nats_server: Nats,
    nats_url: str,
    issuer: Issuer,
    jwks_path: Path,
    clock_file: Path,
) -> Callable[..., Settings]:
    """`settings("planning", trace_ratio=0.0)`: of a service with a database and durables of its own."""
    provisioned: set[str] = set()

    def build(service: str, **changes: object) -> Settings:
        if service not in provisioned:
            run(fresh_durables(nats_server, service))
            provisioned.add(service)
        known: dict[str, object] = {
            "service": service,
            "instance": INSTANCE,
            "mode": "local",
            "database_url": service_database(service) if service in owners() else "",
            "nats_url": nats_url,
            "nats_user": service,
            "nats_password": PASSWORDS[service],
            "oidc_issuer": issuer.name,
            "oidc_jwks_url": jwks_path.as_uri(),
            "subject_pepper": PEPPER,
            "clock_file": clock_file,
            "issuer_file": jwks_path,
        }
        return Settings.model_validate(known | changes)

    return build


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serve(
    settings: Callable[..., Settings],
) -> AsyncIterator[Callable[[FastAPI | str], Awaitable[Client]]]:
    """`client = await serve("planning")`, or an app of your own: served until the module ends."""
    async with AsyncExitStack() as running:

        async def start(app: FastAPI | str) -> Client:
            composed = application(settings(app)) if isinstance(app, str) else app
            return await running.enter_async_context(serving(composed))

        yield start
