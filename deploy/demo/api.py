"""The gateway's HTTP API as the demonstration uses it: roles, and waiting, over the Python client."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from secrets import token_hex
from types import TracebackType
from typing import Any, Self, TypeVar

from steward_client import Client, Problem, Retries

Json = dict[str, Any]
Tokens = Callable[[str, tuple[str, ...], str], str]  # role, units, sign-in name -> access token
T = TypeVar("T")
PATIENCE = 30.0  # seconds that something may be away
NEXT_TRY = 0.2  # seconds after which it is asked again: it is starting, and nobody else waits for it
Refused = Problem  # the gateway answered with an error that the script did not expect


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
        self._tokens = tokens
        self._units = units
        self._made: dict[str, Client] = {}
        self._at_once = at_once
        self._client = Client(
            url,
            "",
            retries=Retries(patience, first=NEXT_TRY, longest=NEXT_TRY, heed_retry_after=False),
            headers=dict if recorded else _unrecorded,
            connections=at_once,
            silence=180,
        )
        self.alone = True  # whether nobody else publishes events meanwhile
        self.known_dead_letters = 0  # of an instance that others have used before

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    def wait_longer(self, patience: float) -> None:
        """From now on what is away is asked again for `patience` seconds."""
        self._client.retries = replace(self._client.retries, patience=patience)
        self._made.clear()

    def acting(self, who: str = "programme-manager") -> Client:
        """The client with the token of `who`."""
        if who not in self._made:
            role, _, subject = who.partition(":")
            units = () if (subject and role == "leader") or role == "ops" else self._units
            self._made[who] = self._client.using(self._tokens(role, units, subject))
        return self._made[who]

    async def call(
        self,
        method: str,
        path: str,
        *,
        who: str = "programme-manager",
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
    ) -> tuple[Any, Mapping[str, str]]:
        """The decoded answer and its headers. Raises Refused for anything but 2xx.

        Every command carries an Idempotency-Key, so asking again after a broken connection is safe.
        """
        keyed = method != "GET"
        answer = await self.acting(who).send(
            method, path, query=params, json=json, headers=headers, keyed=keyed
        )
        return answer.json, answer.headers

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

    def pages(self, path: str, *, who: str = "programme-manager", **params: str) -> AsyncIterator[Json]:
        """Every item of a list, page by page."""
        return self.acting(who).pages(path, {"limit": "200", **params})

    async def lines(self, path: str, rows: Iterable[Json], *, who: str) -> Json:
        """Send rows as NDJSON and return the report."""
        report: Json = await self.acting(who).call("POST", path, lines=list(rows), keyed=True)
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


def _unrecorded() -> Mapping[str, str]:
    """Headers that ask that no trace of a call be stored."""
    return {"traceparent": f"00-{token_hex(16)}-{token_hex(8)}-00"}
