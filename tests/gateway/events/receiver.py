"""A receiver of webhooks: what it was sent, checked as receivers do, and what it answers by the will of a test."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson
from aiohttp import web
from standardwebhooks.webhooks import Webhook

Answer = tuple[int, dict[str, str]]


class Receiver:
    """Answers 200 unless `answer` says otherwise for an event; keeps the events that it took, in order."""

    def __init__(self) -> None:
        self.url = ""
        self.secrets: list[str] = []
        self.taken: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answer: Callable[[dict[str, Any]], Answer] = lambda _: (200, {})

    @property
    def ids(self) -> list[str]:
        """The ids of what it took, repeats left out."""
        return list(dict.fromkeys(event["id"] for event in self.taken))

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        for secret in self.secrets:
            Webhook(secret).verify(body, dict(request.headers))
        event = orjson.loads(body)
        assert request.headers["webhook-id"] == event["id"]
        self.asked.append(event)
        self.headers.append(dict(request.headers))
        status, headers = self.answer(event)
        if status < 300:
            self.taken.append(event)
        return web.Response(status=status, headers=headers)


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/{rest:.*}", receiver.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    try:
        yield receiver
    finally:
        await runner.cleanup()
