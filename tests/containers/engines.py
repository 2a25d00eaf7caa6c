"""PostgreSQL and NATS in containers of the official images, with the same doors as the embedded servers."""

import os
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import docker
import psutil
import yaml
from docker.errors import DockerException, ImageNotFound, NotFound
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from deploy.broker.server_settings import server_settings, settings_text
from deploy.local.postgres import FOR_TESTS, SUPERUSER
from tests.servers import durables_of

with warnings.catch_warnings():  # it decorates its own class with what it calls deprecated
    warnings.simplefilter("ignore", DeprecationWarning)
    from testcontainers.community.nats import NatsContainer

ROOT = Path(__file__).parents[2]
OWNER = "steward-test-owner"  # label: process that started a container
LOOPBACK: Any = ("127.0.0.1", None)  # and any free port; the package knows no address, the engine does

# Its reaper is one more image; `sweep` and the label org.testcontainers do its work.
testcontainers_config.ryuk_disabled = True


@cache
def image(service: str) -> str:
    """The very image that docker-compose.yml names."""
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return str(compose["services"][service]["image"])


@cache
def missing() -> str:
    """Why containers cannot be had here; empty when they can."""
    try:
        client = docker.from_env()
    except DockerException as error:
        return f"no container engine answers: {error}"
    try:
        for service in ("postgres", "nats"):
            try:
                client.images.get(image(service))
            except ImageNotFound:
                client.images.pull(image(service))
    except DockerException as error:
        return f"the image {image(service)} cannot be had: {error}"
    finally:
        client.close()
    return ""


def sweep() -> None:
    """Remove the containers of test processes that were killed."""
    client = docker.from_env()
    for left in client.containers.list(all=True, filters={"label": OWNER}):
        if not psutil.pid_exists(int(left.labels[OWNER])):
            with suppress(NotFound, DockerException):  # another process may be sweeping too
                left.remove(force=True, v=True)
    client.close()


def _owned() -> dict[str, str]:
    return {OWNER: str(os.getpid())}


class PostgresInContainer:
    """PostgreSQL without crash safety, its data in memory."""

    def __init__(self, password: str) -> None:
        options = [f"-c{name}={value}" for name, value in {**FOR_TESTS, "max_connections": "200"}.items()]
        self._password = password
        self._container = PostgresContainer(
            image("postgres"), username=SUPERUSER, password=password, dbname="postgres", driver=None,
            command=["postgres", *options], labels=_owned(), shm_size="256m",
        ).with_tmpfs_mount("/var/lib/postgresql")  # fmt: skip
        self._container.ports = {"5432/tcp": LOOPBACK}

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Connection URL; the superuser's without arguments."""
        port = self._container.get_exposed_port(5432)
        return f"postgresql://{user}:{password or self._password}@127.0.0.1:{port}/{database}"

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        self._container.start()

    def stop(self) -> None:
        """Remove the container with its data."""
        self._container.stop()


class _Nats(NatsContainer):
    """Waits as the package now recommends; its own way of waiting warns."""

    def start(self) -> Self:
        self.waiting_for(LogMessageWaitStrategy("Server is ready"))
        DockerContainer.start(self)
        return self


class NatsInContainer:
    """nats-server with the users and permissions that services have."""

    def __init__(self, instance: str, passwords: dict[str, str]) -> None:
        settings = server_settings(instance, passwords, "0.0.0.0:4222", Path("/tmp/jetstream"), durables_of)
        self._container = _Nats(
            image("nats"), command=["nats-server", "--config", "/tmp/steward.conf"], labels=_owned()
        ).with_copy_into_container(settings_text(settings).encode(), "/tmp/steward.conf")
        self._container.ports = {"4222/tcp": LOOPBACK}

    @property
    def url(self) -> str:
        """Address for clients, without credentials."""
        return f"nats://127.0.0.1:{self._container.get_exposed_port(4222)}"

    def start(self) -> None:
        """Start, and wait until it takes connections."""
        self._container.start()

    def stop(self) -> None:
        """Remove the container with its data."""
        self._container.stop()
