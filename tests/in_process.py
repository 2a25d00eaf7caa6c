"""An application asked by ASGI, without a connection: all of it answers, from its first middleware on.

For tests that ask thousands of times what does not depend on HTTP's framing. A request over a connection costs
uvicorn and the client about as much again as a small refusal does.
"""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import orjson
from fastapi import FastAPI
from starlette.datastructures import Headers
from starlette.types import Message

from tests.served import Answer, headers_of

HOST = ("127.0.0.1", 80)


class InProcess:
    """Calls to an application whose lifespan somebody else runs, as those of `Client`."""

    def __init__(self, app: FastAPI) -> None:
        self.app = app

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        if_match: str | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: str | bytes = b"",
    ) -> Answer:
        """One request, with a body of `json` or `data`."""
        body = orjson.dumps(json) if json is not None else data.encode() if isinstance(data, str) else data
        sent = {"Host": HOST[0], **headers_of(token, None, if_match, headers)}
        if json is not None:
            sent["Content-Type"] = "application/json"
        if method not in ("GET", "HEAD") or body:
            sent["Content-Length"] = str(len(body))
        exchange = _Exchange(body)
        await self.app(_scope(method, path, params, sent), exchange.receive, exchange.send)
        return exchange.answer()


def _scope(
    method: str, path: str, params: Mapping[str, Any] | None, headers: Mapping[str, str]
) -> dict[str, Any]:
    """What uvicorn says of a request."""
    asked = urlsplit(path)
    query = "&".join(part for part in (asked.query, urlencode(params or {})) if part)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(asked.path),
        "raw_path": asked.path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": HOST,
        "server": HOST,
        "state": {},
    }


class _Exchange:
    """Both directions of one request."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status = 0
        self._headers = Headers()
        self._parts: list[bytes] = []
        self._ended = asyncio.Event()

    async def receive(self) -> Message:
        if self._body is None:
            await self._ended.wait()
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = Headers(raw=list(message["headers"]))
        else:
            self._parts.append(message.get("body", b""))
            if not message.get("more_body"):
                self._ended.set()

    def answer(self) -> Answer:
        assert self._ended.is_set(), "the application did not answer"
        return Answer(self._status, self._headers, b"".join(self._parts))
