"""A second port of a process, for operators: what it answers must not be reached through the public one."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.types import ASGIApp

from shared.http.bounds import BoundedProtocol


class _Second(uvicorn.Server):
    """Leaves signals to the process's first server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@contextlib.asynccontextmanager
async def listening(app: ASGIApp, host: str, port: int) -> AsyncIterator[int]:
    """Serve `app` on a port of its own inside the block; yields the port, of 0 a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as bound:
        config = uvicorn.Config(
            app, http=BoundedProtocol, ws="none", lifespan="off", log_config=None, access_log=False,
            server_header=False, timeout_graceful_shutdown=1,
        )  # fmt: skip
        server = _Second(config)
        serving = asyncio.create_task(server.serve([bound]))
        try:
            yield bound.getsockname()[1]  # it listens already: who comes before the server waits a moment
        finally:
            server.should_exit = True
            await serving
