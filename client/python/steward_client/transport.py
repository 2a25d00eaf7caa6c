"""How calls are made: one connection pool, tokens, repeats, and problems as exceptions."""

import asyncio
import copy
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Self, TypeAlias
from urllib.parse import quote
from uuid import uuid4

import aiohttp
from yarl import URL

from steward_client.bodies import Body, Lines, Text, encoded
from steward_client.problem import Problem, not_reached
from steward_client.retries import Retries, repeatable, seconds

Token: TypeAlias = str | Callable[[], Awaitable[str]]  # an access token, or what gives one that is valid now
Query: TypeAlias = Mapping[str, str | int | float | date | None]
LOST = (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, TimeoutError)
NDJSON = "application/x-ndjson"
_ELSEWHERE = frozenset(
    {"", ".", ".."}
)  # servers on the way resolve dots, written as %2E too (RFC 3986 section 6.2.2)
REPEATED = frozenset({"GET", "PUT", "DELETE"})  # methods whose repeat changes nothing more


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers, and the body as it is."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body decoded; None where there is none."""
        return json.loads(self.body) if self.body else None


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it is sent in every attempt."""

    method: str
    path: str
    query: Query
    headers: Mapping[str, str]
    body: Body
    safe: bool  # a repeat changes nothing


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt has no answer, and whether the same call may be sent again."""

    problem: Problem
    again: bool


class Transport:
    """Calls of one instance of Steward under one token. Use it as an asynchronous context."""

    def __init__(
        self,
        url: str,
        token: Token,
        *,
        retries: Retries = Retries(),  # noqa: B008  # frozen
        headers: Callable[[], Mapping[str, str]] = dict,
        connections: int = 16,
        silence: float = 300.0,
    ) -> None:
        """Call the instance at `url`, such as `https://steward.example`.

        `headers` gives further ones for each call. At most `connections` are open at once; a call is given up
        after `silence` seconds in which nothing comes.
        """
        self.url = url.rstrip("/")
        self.retries = retries
        self.token = token
        self._headers = headers
        self._connections = connections
        self._timeout = aiohttp.ClientTimeout(total=None, connect=silence, sock_read=silence)
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._connections)
        self._http = aiohttp.ClientSession(connector=connector, timeout=self._timeout)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.http.close()

    @property
    def http(self) -> aiohttp.ClientSession:
        """The open connections. Raises RuntimeError outside the context."""
        if self._http is None:
            raise RuntimeError("Open the client first: `async with Client(...) as client`.")
        return self._http

    def using(self, token: Token) -> Self:
        """The same client and connections under another token; it is closed with this one."""
        other = copy.copy(self)
        other.token = token
        return other

    async def send(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        json: Any = None,
        lines: Lines[Any] | None = None,
        content: Text | None = None,
        content_type: str = "",
        if_match: int | str | None = None,
        idempotency_key: str | None = None,
        keyed: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """The answer to any call, also of SCIM and FHIR, which the generated methods do not have.

        The body is `json`, `lines` of NDJSON, or `content` of a `content_type`; `if_match` a version or an ETag.
        Set `keyed`, or an `idempotency_key` of your own, where the operation heeds that header: the call may
        then be repeated.

        Raises Problem for any status but 2xx, after those repeats that are safe.
        """
        sent = dict(headers or {})
        if json is not None:
            content, content_type = encoded(json), content_type or "application/json"
        elif lines is not None:
            content, content_type = lines, content_type or NDJSON
        if content_type:
            sent["Content-Type"] = content_type
        if if_match is not None:
            sent["If-Match"] = f'"{if_match}"' if isinstance(if_match, int) else if_match
        if keyed or idempotency_key:
            sent["Idempotency-Key"] = idempotency_key or str(uuid4())
        safe = method in REPEATED or "Idempotency-Key" in sent
        return await self._repeated(Call(method, path, query or {}, sent, Body(content), safe))

    async def call(self, method: str, path: str, **options: Any) -> Any:
        """The decoded answer; options and problems as of `send`."""
        return (await self.send(method, path, **options)).json

    async def pages(self, path: str, query: Query, **options: Any) -> AsyncIterator[Any]:
        """Every item of a list, page by page."""
        cursor: str | int | None = None
        while True:
            page = await self.call("GET", path, query={**query, "cursor": cursor}, **options)
            for item in page["items"]:
                yield item
            cursor = page["next"]
            if cursor is None:
                return

    async def _repeated(self, call: Call) -> Answer:
        began, attempt = time.monotonic(), 0
        while True:
            found = await self._once(call)
            if isinstance(found, Answer):
                return found
            spent, asked = time.monotonic() - began, found.problem.retry_after
            again = found.again and call.body.again
            pause = self.retries.pause(attempt, spent, asked) if again else None
            if pause is None:
                raise found.problem
            await asyncio.sleep(pause)
            attempt += 1

    async def _once(self, call: Call) -> Answer | Failure:
        try:
            headers = await self.authorized(call.headers)
        except Problem as refused:  # of the token: the call itself was not sent
            return Failure(refused, again=repeatable(refused.status, safe=True))
        except LOST as error:
            return Failure(not_reached(call.method, call.path, error), again=True)
        try:
            async with self._request(call, headers) as response:
                body = await response.read()
        except LOST as error:
            nothing_sent = isinstance(error, aiohttp.ClientConnectorError)
            return Failure(not_reached(call.method, call.path, error), again=call.safe or nothing_sent)
        if response.status < 300:
            return Answer(response.status, response.headers, body)
        retry_after = seconds(response.headers.get("Retry-After"))
        text = body.decode(errors="replace")
        problem = Problem(call.method, call.path, response.status, text, retry_after=retry_after)
        return Failure(problem, again=repeatable(response.status, problem.code, safe=call.safe))

    async def authorized(self, headers: Mapping[str, str]) -> dict[str, str]:
        """`headers` with those of every call."""
        token = self.token if isinstance(self.token, str) else await self.token()
        return {"Authorization": f"Bearer {token}", **self._headers(), **headers}

    def _request(self, call: Call, headers: Mapping[str, str]) -> aiohttp.client._RequestContextManager:
        params = {name: _written(value) for name, value in call.query.items() if value is not None}
        url = URL(self.url + call.path, encoded=True)
        return self.http.request(
            call.method,
            url,
            params=params,
            data=call.body.attempt(),
            headers=headers,
            allow_redirects=False,
        )


def step(value: object) -> str:
    """A value as one step of a path. Raises ValueError for an empty one and for dots, which lead elsewhere."""
    text = str(value)
    if text in _ELSEWHERE:
        raise ValueError(f"{text!r} is no step of a path")
    return quote(text, safe="")


def _written(value: str | float | date) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)
