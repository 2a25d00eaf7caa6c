"""Sending to receivers: an address is resolved once, checked, and that one is connected to; no redirects."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import aiohttp
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult

from services.gateway.events.webhooks.addresses import Network, Refused, as_number, check, check_url

PATIENCE = 15.0  # seconds for one delivery, all in all
CONNECTING = 5.0
READ = 4096  # bytes of an answer at most; what it says does not matter
CONNECTIONS, OF_ONE = 512, 16  # requests under way in this process, and of one owner: two webhooks' worth


class Answered(msgspec.Struct, frozen=True):
    """What became of one attempt: the status, 0 where there was no answer, and then why."""

    status: int
    reason: str = ""
    retry_after: str | None = None
    milliseconds: int = 0

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return 200 <= self.status < 300


class CheckedResolver(AbstractResolver):
    """Resolves a host to addresses that may be sent to, or not at all: what is connected to was checked."""

    def __init__(self, allowed: Sequence[Network], *, tls: bool) -> None:
        self._allowed = allowed
        self._tls = tls

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Addresses of a host. Raises Refused where one may not be sent to, OSError where there is none."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
        return [self._checked(host, port, each[0], each[2], str(each[4][0])) for each in found]

    def _checked(self, host: str, port: int, family: int, protocol: int, text: str) -> ResolveResult:
        number = as_number(text)
        if number is None:
            raise Refused("It names no host.")
        check(number, self._allowed, tls=self._tls)
        flags = socket.AI_NUMERICHOST
        return ResolveResult(
            hostname=host, host=str(number), port=port, family=family, proto=protocol, flags=flags
        )

    async def close(self) -> None:
        """Nothing is open."""


class Receivers:
    """Sends to receivers, over connections that stay open for a while."""

    def __init__(self, allowed: Sequence[Network]) -> None:
        self.allowed = allowed
        self._sessions: dict[str, aiohttp.ClientSession] = {}
        self._all = asyncio.Semaphore(CONNECTIONS)
        self._of_owners = WeakValueDictionary[str, asyncio.Semaphore]()

    async def start(self) -> None:
        """Open the pools, in the running loop: one with TLS, and one without for what is allowed."""
        for scheme in ("https", "http"):
            connector = aiohttp.TCPConnector(
                resolver=CheckedResolver(self.allowed, tls=scheme == "https"),
                use_dns_cache=False,
                limit=0,  # `_turn` counts them: who waits here would run out of time as if the receiver were slow
                keepalive_timeout=20,
            )
            self._sessions[scheme] = aiohttp.ClientSession(
                connector=connector,
                timeout=aiohttp.ClientTimeout(total=PATIENCE, connect=CONNECTING),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,  # a proxy would resolve the name itself
                headers={"User-Agent": "Steward-Webhooks/1"},
            )

    async def close(self) -> None:
        """Close the pools."""
        for session in self._sessions.values():
            await session.close()

    async def send(self, url: str, headers: Mapping[str, str], body: bytes, owner: str) -> Answered:
        """One attempt, once `owner` has a turn: slow receivers of one owner hold up nobody else's.

        What goes wrong is its answer; the text of an error is not, it may name the host.
        """
        async with self._turn(owner):
            return await self._attempt(url, headers, body)

    @asynccontextmanager
    async def _turn(self, owner: str) -> AsyncIterator[None]:
        own = self._of_owners.setdefault(owner, asyncio.Semaphore(OF_ONE))
        async with own, self._all:
            yield

    async def _attempt(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        begun = time.monotonic()
        try:
            check_url(url, self.allowed)  # again each time: what is allowed may have changed since
            session = self._sessions[urlsplit(url).scheme]
            async with session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                await answer.content.read(READ)
                found = Answered(answer.status, "", answer.headers.get("Retry-After"))
                if not answer.content.at_eof():
                    answer.close()
        except Refused:
            found = Answered(0, "address-refused")
        except TimeoutError:
            found = Answered(0, "late")
        except aiohttp.ClientSSLError:
            found = Answered(0, "tls-failed")
        except (aiohttp.ClientConnectorError, OSError):
            found = Answered(0, "not-connected")
        except (aiohttp.ClientError, ValueError):
            found = Answered(0, "broke-off")
        return msgspec.structs.replace(found, milliseconds=int((time.monotonic() - begun) * 1000))
