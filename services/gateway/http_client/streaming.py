"""Requests whose body streams through, and HEAD: over aiohttp, which minds answers before the body's end."""

from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from yarl import URL

from services.gateway.http_client.pool import Limits
from services.gateway.http_client.response_parser import Away, Broken, Late, Raw

_NOT_INVENTED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class Uploads:
    """One pool of connections to every service."""

    def __init__(self, limits: Limits, patience: float) -> None:
        """Within `limits`; a streamed import, which answers once its last line is stored, has `patience`."""
        self._ordinary, self._patient = (
            aiohttp.ClientTimeout(
                total=None, connect=limits.place, sock_connect=limits.connect, sock_read=silence
            )
            for silence in (limits.silence, patience)
        )
        self._limits = limits
        self._http: aiohttp.ClientSession | None = None

    def start(self) -> None:
        """Open the pool, in the running loop."""
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=self._limits.connections, keepalive_timeout=self._limits.idle, ttl_dns_cache=30
            ),
            auto_decompress=False,  # bodies pass as they are
            skip_auto_headers=_NOT_INVENTED,
            cookie_jar=aiohttp.DummyCookieJar(),
            read_bufsize=1 << 17,
        )

    async def close(self) -> None:
        """Close the pool."""
        if self._http is not None:
            await self._http.close()

    @asynccontextmanager
    async def exchange(
        self, method: str, url: str, headers: Raw, body: bytes | AsyncIterable[bytes] | None
    ) -> AsyncIterator["Streamed"]:
        """The answer to one request, its body unread. Raises Away, Late or Broken."""
        assert self._http is not None
        texts = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]
        target = URL(url, encoded=True)
        try:
            async with self._http.request(
                method,
                target,
                headers=texts,
                data=body,
                allow_redirects=False,
                timeout=self._ordinary if isinstance(body, bytes | None) else self._patient,
            ) as response:
                yield Streamed(response)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Away from error
        except TimeoutError as error:
            raise Late from error
        except aiohttp.ClientError as error:
            raise Broken from error


class Streamed:
    """An answer over aiohttp, as `services.gateway.http_client.response_parser.Answer` gives its own."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.status = response.status
        self.headers: Raw = [(name.lower(), value) for name, value in response.raw_headers]
        self.content_length = response.content_length

    async def read(self) -> bytes:
        """The whole body."""
        return await self._response.read()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body's pieces as they come. Raises Broken or Late."""
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except TimeoutError as error:
            raise Late from error
        except aiohttp.ClientError as error:
            raise Broken from error
