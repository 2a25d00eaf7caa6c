"""The gateway's HTTP API as the demonstration uses it: roles, pages, imports, and waiting."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from secrets import token_hex
from types import TracebackType
from typing import Any, Self, TypeVar
from uuid import uuid4

import aiohttp
import orjson

Json = dict[str, Any]
Tokens = Callable[[str, tuple[str, ...], str], str]  # role, units, sign-in name -> access token
T = TypeVar("T")
STARTING = (502, 503)  # a service is starting or away for a moment: asked again, not given up
PATIENCE = 30.0  # seconds that something may be away


class Refused(Exception):
    """The gateway answered with an error that the script did not expect."""

    def __init__(self, method: str, path: str, status: int, body: str) -> None:
        super().__init__(f"{method} {path}: {status} {body[:600]}")
        self.status = status
        self.body = body

    @property
    def code(self) -> str:
        """Stable code of the problem, empty when the answer was none."""
        try:
            return str(orjson.loads(self.body).get("code", ""))
        except (orjson.JSONDecodeError, AttributeError):
            return ""


class NotReached(AssertionError):
    """A state that had to come did not come in time."""


class Api:
    """One session at the gateway. `who` of a call is a role, or `role:subject` for one person.

    Tokens of roles reach over the whole of `units`, those of a leader carry the person's own rights.
    """

    stretch = 1.0  # how many times as long as usual a state is waited for, where there is much to do

    def __init__(
        self,
        url: str,
        tokens: Tokens,
        *,
        units: tuple[str, ...],
        recorded: bool = True,
        at_once: int = 16,
        patience: float = PATIENCE,
    ) -> None:
        """Calls go to `url`; without `recorded` they ask that no trace of them be kept.

        What is away is asked again for `patience` seconds.
        """
        self._url = url.rstrip("/")
        self._tokens = tokens
        self._units = units
        self._recorded = recorded
        self._made: dict[str, str] = {}
        self._at_once = at_once
        self.patience = patience
        self.alone = True  # whether nobody else publishes events meanwhile
        self.known_dead_letters = 0  # of an instance that others have used before

    async def __aenter__(self) -> Self:
        timeout = aiohttp.ClientTimeout(total=180)
        self._http = aiohttp.ClientSession(
            timeout=timeout, connector=aiohttp.TCPConnector(limit=self._at_once)
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.close()

    async def call(
        self,
        method: str,
        path: str,
        *,
        who: str = "programme-manager",
        json: Any = None,
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """The decoded answer and its headers. Raises Refused for anything but 2xx.

        Every command carries an Idempotency-Key, so asking again after a broken connection is safe.
        """
        sent = {"Authorization": f"Bearer {self._token(who)}", **(headers or {})}
        if method != "GET":
            sent.setdefault("Idempotency-Key", str(uuid4()))
        if not self._recorded:
            sent["traceparent"] = f"00-{token_hex(16)}-{token_hex(8)}-00"
        if json is not None:
            data, sent["Content-Type"] = orjson.dumps(json), "application/json"
        until = time.monotonic() + self.patience
        while True:
            status, body, answered = await self._once(method, path, data, sent, params)
            if status not in STARTING or time.monotonic() > until:
                break
            await asyncio.sleep(0.2)
        if status >= 300:
            raise Refused(method, path, status, body.decode(errors="replace"))
        kind = answered.get("Content-Type", "")
        return (orjson.loads(body) if "json" in kind and body else body.decode()), answered

    async def get(self, path: str, *, who: str = "programme-manager", **params: str) -> Any:
        """What is at a path."""
        return (await self.call("GET", path, who=who, params=params))[0]

    async def post(self, path: str, json: Any = None, *, who: str = "programme-manager") -> Any:
        """The answer to a command."""
        return (await self.call("POST", path, who=who, json={} if json is None else json))[0]

    async def change(
        self, method: str, path: str, version: int, json: Any = None, *, who: str = "programme-manager"
    ) -> tuple[Any, Mapping[str, str]]:
        """A change of a resource that must still be at `version`."""
        headers = {"If-Match": f'"{version}"'}
        return await self.call(method, path, who=who, json={} if json is None else json, headers=headers)

    async def pages(self, path: str, *, who: str = "programme-manager", **params: str) -> AsyncIterator[Json]:
        """Every item of a list, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            place = {"cursor": cursor} if cursor else {}
            found = await self.get(path, who=who, limit="200", **params, **place)
            for item in found["items"]:
                yield item
            cursor = found["next"]

    async def lines(self, path: str, rows: Iterable[Json], *, who: str) -> Json:
        """Send rows as NDJSON and return the report."""
        body = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        headers = {"Content-Type": "application/x-ndjson"}
        report: Json = (await self.call("POST", path, who=who, data=body, headers=headers))[0]
        return report

    async def each(self, work: Iterable[Awaitable[T]]) -> list[T]:
        """Do many things, a limited number at once, and give back their results in order."""
        gate = asyncio.Semaphore(self._at_once)

        async def one(item: Awaitable[T]) -> T:
            async with gate:
                return await item

        return await asyncio.gather(*(one(item) for item in work))

    async def until(
        self, what: str, probe: Callable[[], Awaitable[T]], good: Callable[[T], bool], *, seconds: float = 120
    ) -> T:
        """Ask until the answer is good. Raises NotReached with the last answer at the deadline."""
        seconds *= self.stretch
        deadline, pause = time.monotonic() + seconds, 0.05
        while True:
            found = await probe()
            if good(found):
                return found
            if time.monotonic() > deadline:
                raise NotReached(f"waited {seconds:.0f} s for {what}; last seen: {str(found)[:400]}")
            await asyncio.sleep(pause)
            pause = min(0.5, pause * 1.5)

    def _token(self, who: str) -> str:
        if who not in self._made:
            role, _, subject = who.partition(":")
            units = () if (subject and role == "leader") or role == "ops" else self._units
            self._made[who] = self._tokens(role, units, subject)
        return self._made[who]

    async def _once(
        self,
        method: str,
        path: str,
        data: bytes | None,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
    ) -> tuple[int, bytes, Mapping[str, str]]:
        try:
            async with self._http.request(
                method, self._url + path, data=data, headers=headers, params=params
            ) as answer:
                return answer.status, await answer.read(), answer.headers
        except aiohttp.ClientConnectionError as error:
            return 503, str(error).encode(), {}
