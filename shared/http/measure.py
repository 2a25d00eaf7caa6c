"""Request durations by route template, for every service alike."""

import time
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.metrics import REQUESTS


class Measured:
    """ASGI middleware that observes each request once; it does not touch bodies."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        """Measure `app` under the name `service`."""
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and observe its duration and status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route: Any = scope.get("route")
            template = getattr(route, "path", None) or "unknown"
            elapsed = time.perf_counter() - started
            REQUESTS.labels(self._service, scope["method"], template, str(status)).observe(elapsed)
