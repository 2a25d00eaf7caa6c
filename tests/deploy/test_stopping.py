"""A service that waits for its database ends when it is told to, and not when the database is back."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from deploy.local.processes import free_port
from shared.server import SILENT_SECONDS, Server
from tests.servers import run, wait_for

SECONDS = 5.0
WAITS = "start-up waits for the database"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_start_that_waits_for_its_database_ends_within_five_seconds(tmp_path: Path, how: signal.Signals):
    environment = os.environ | {
        "STEWARD_MODE": "local",
        "STEWARD_PORT": str(free_port()),
        "STEWARD_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/nothing",
        "STEWARD_NATS_URL": f"nats://127.0.0.1:{free_port()}",
        "STEWARD_OIDC_JWKS_URL": (tmp_path / "jwks.json").as_uri(),
    }
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    log = tmp_path / "planning.log"
    with log.open("wb") as written:
        service = subprocess.Popen(
            [sys.executable, "-m", "shared.server", "planning"],
            env=environment,
            stderr=written,
            stdout=subprocess.DEVNULL,
        )
    try:
        run(wait_for(lambda: WAITS in log.read_text() or service.poll() is not None, 60))
        assert service.poll() is None, log.read_text()
        service.send_signal(how)
        service.wait(SECONDS)
    finally:
        service.kill()
        service.wait()
    assert "Traceback" not in log.read_text()


class Served(Server):
    """Leaves signals to the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def stopped(database_url: str, seconds: float) -> float:
    """How long a service takes to end that has work under way for so many seconds."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await asyncio.sleep(seconds)

    config = uvicorn.Config(Starlette(lifespan=lifespan), port=0, log_config=None, lifespan="on")
    server = Served(config, database_url)
    serving = asyncio.create_task(server.serve())
    await wait_for(lambda: server.started)
    begun = time.monotonic()
    server.should_exit = True
    await serving
    return time.monotonic() - begun


async def test_a_database_that_says_nothing_is_not_waited_for():
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await stopped(f"postgresql://x@127.0.0.1:{port}/x", 60) < SECONDS


@pytest.mark.parametrize("away", [False, True])
async def test_what_is_under_way_is_finished_while_the_database_answers_or_refuses(postgres_server, away):
    url = f"postgresql://x@127.0.0.1:{free_port()}/x" if away else postgres_server.url()
    assert await stopped(url, 2 * SILENT_SECONDS) >= 2 * SILENT_SECONDS
