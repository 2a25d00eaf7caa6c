"""Run one service: ``python -m shared.server planning``, with its settings in the environment."""

import asyncio
import contextlib
import gc
import logging
import resource
import socket
import sys
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

import asyncpg
import uvicorn
from fastapi import FastAPI

from shared.http.bounds import BoundedProtocol
from shared.settings import Unset, from_environment
from shared.tasks import end
from shared.telemetry import logs

# How long a thread that computes may keep the interpreter from the one that serves, which waits for it at each of
# the ten or so turns of a request. Eight statements in a row while an edition of roll-ups was decided, p50: 51 ms
# with the usual 5 ms, 5.8 with 0.5 ms, 2.1 with 0.1 ms. Two threads that compute lose 4 % by it.
SWITCH_SECONDS = 0.0001

LOOK_SECONDS = 0.1  # how soon a start that waits sees a signal, as soon as uvicorn's own loop does
SILENT_SECONDS = 2.0  # without an answer, while a service stops
NOT_STARTED = 3  # how uvicorn ends where the application did not start
OPEN_FILES = 8192

log = logging.getLogger("steward")


class Server(uvicorn.Server):
    """uvicorn's, whose signals also end what waits for a database: a start, and a stop with work under way."""

    def __init__(self, config: uvicorn.Config, database_url: str = "") -> None:
        """Serve as `config` says, a service with that database or with none."""
        super().__init__(config)
        self._database_url = database_url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, or give it up once a signal came."""
        starting = asyncio.create_task(super().startup(sockets))
        while not (starting.done() or self.should_exit):
            await asyncio.wait([starting], timeout=LOOK_SECONDS)
        if starting.done():
            await starting
        else:
            log.warning("ended before it had started")
            await end([starting])

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Finish what is under way, unless the database says nothing at all: nothing would become of it.

        One that is away refuses, and then a service that waits for it ends by itself. One that is silent is
        waited for, by the driver's own cancelling too.
        """
        stopping = asyncio.create_task(super().shutdown(sockets))
        silence = asyncio.create_task(self._silence())
        await asyncio.wait([stopping, silence], return_when=asyncio.FIRST_COMPLETED)
        if stopping.done():
            await end([silence])
            await stopping
        else:
            log.warning("ended while the database does not answer; what was under way comes again")

    async def _silence(self) -> None:
        """Return once the database is silent."""
        while True:
            try:
                async with asyncio.timeout(SILENT_SECONDS):
                    await _answer(self._database_url)
            except TimeoutError:
                return
            except Exception as error:
                log.info("the database is away (%s)", type(error).__name__)
            await asyncio.sleep(SILENT_SECONDS)


async def _answer(database_url: str) -> None:
    """Have the database answer; where there is none nothing is asked."""
    if database_url:
        connection = await asyncpg.connect(database_url)
        try:
            await connection.fetchval("select 1")
        finally:
            connection.terminate()


def create(service: str) -> FastAPI:
    """The service's application, which the garbage collector leaves alone from here on.

    Its hundreds of thousands of objects live as long as the process. Walking them again and again
    was a third of the processor time of a bulk load. A threshold of 10,000 keeps the rows of one
    batch from being walked while they are made.
    """
    app: FastAPI = import_module(f"services.{service}.main").create()
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)
    sys.setswitchinterval(SWITCH_SECONDS)
    return app


def main(service: str) -> None:
    """Serve until SIGTERM or SIGINT, then finish what is under way. Ends with 2 where settings are missing."""
    try:
        _check_name(service)
        settings = from_environment(service)
    except Unset as unset:
        logs.start_unsettled(service)
        log.critical("%s", str(unset))
        raise SystemExit(2) from None
    logs.start(service, settings.instance, settings.log_format)
    _allow_files()
    config = uvicorn.Config(
        partial(create, service),
        factory=True,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,  # longer than the gateway's idle connections, so that it closes first
    )
    server = Server(config, settings.database_url)
    with contextlib.suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(NOT_STARTED)


def _check_name(service: str) -> None:
    """Raises Unset for a service that there is none of."""
    spec = find_spec("services")
    places = spec.submodule_search_locations if spec else None
    known = sorted(module.name for module in iter_modules(places) if module.ispkg)
    if service not in known:
        raise Unset(f"There is no service {service!r}. Services: {', '.join(known)}.")


def _allow_files() -> None:
    """As many open connections as the system lets this process have, up to `OPEN_FILES`."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


if __name__ == "__main__":
    main(sys.argv[1])
