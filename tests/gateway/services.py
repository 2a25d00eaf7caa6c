"""Stand-ins for the services behind the gateway: real HTTP servers whose answers a test decides."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Service:
    """One service: answers by path, what it was asked, and how it can go wrong."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.answers: dict[str, Any] = {}
        self.unknown: Handler | None = None  # what answers any other path
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []
        self.delay = 0.0
        self.url = ""
        self._runner: web.AppRunner | None = None
        self._port = 0

    def answer(
        self, path: str, content: Any, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        """Answer `path` with a JSON document, or with what a handler does."""
        self.answers[path] = content if callable(content) else (status, content, headers or {})

    def problem(self, path: str, status: int, code: str) -> None:
        self.answer(path, {"code": code, "status": status}, status)

    async def start(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]  # the same when it comes again
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        await asyncio.sleep(self.delay)
        found = self.answers.get(request.path, self.unknown)
        if callable(found):
            answered: web.StreamResponse = await found(request)
            return answered
        self.bodies.append(await request.read())
        if found is None:
            return web.json_response({"code": "route-unknown"}, status=404)
        status, content, headers = found
        return web.json_response(content, status=status, headers=headers)


@asynccontextmanager
async def running(*names: str) -> AsyncIterator[dict[str, Service]]:
    services = {name: Service(name) for name in names}
    for service in services.values():
        await service.start()
    try:
        yield services
    finally:
        for service in services.values():
            await service.stop()
