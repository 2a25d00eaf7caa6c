"""Request durations by route template, for every service alike."""

import time
from typing import Any

from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.telemetry.metrics import REQUESTS


class Measured:
    """ASGI middleware that observes each request once; it does not touch bodies."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        """Measure `app` under the name `service`."""
        self._app = app
        self._service = service
        self._series: dict[tuple[str, str, int], Histogram] = {}  # looking labels up again costs more

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
            self._of(scope["method"], template, status).observe(elapsed)

    def _of(self, method: str, template: str, status: int) -> Histogram:
        """The series of these labels."""
        series = self._series.get((method, template, status))
        if series is None:
            series = REQUESTS.labels(self._service, method, template, str(status))
            self._series[method, template, status] = series
        return series
