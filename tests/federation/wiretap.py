"""A line between regions and their hub that can be cut, and that keeps what passes, as it is inside TLS.

Both ends speak the TLS they always speak: the line shows the hub's certificate to a region, and the
region's to the hub, with the keys from their folders. So what is looked at is what really goes
over a link, byte for byte; nothing of the configuration is changed for it. The one thing the line says
that the hub did not is that it would rather not compress, so that all of it can be read.
"""

import asyncio
import ssl
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

CHUNK = 1 << 16
# What a server says first about itself: told so, the other one does not compress, and the line can be read.
_COMPRESSED, _PLAIN = b'"compression":"s2_auto"', b'"compression":"off"'


class Line:
    """Listens on `port` for links to the hub at `hub_port`."""

    def __init__(self, folder: Path, regions: list[str], hub_port: int, port: int) -> None:
        self.folder = folder
        self.regions = regions
        self.hub_port, self.port = hub_port, port
        self.passed: dict[str, bytearray] = defaultdict(bytearray)  # by region, both ways
        self.flows: dict[str, list[bytearray]] = defaultdict(
            list
        )  # the same, one direction of a connection each
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Let links through."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self._as_hub())

    async def cut(self) -> None:
        """Break every link, and let none through."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, EOFError):
            await self._through(reader, writer)
        writer.transport.abort()

    async def _through(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        region = _named(writer.get_extra_info("peercert"))
        context = self._as_region(region)
        hub, to_hub = await asyncio.open_connection("127.0.0.1", self.hub_port, ssl=context)
        self._writers.add(to_hub)
        try:
            await asyncio.gather(self._pump(reader, to_hub, region), self._pump(hub, writer, region))
        finally:
            to_hub.transport.abort()
            self._writers -= {writer, to_hub}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, region: str) -> None:
        self.flows[region].append(flow := bytearray())
        while data := await reader.read(CHUNK):
            data = data.replace(_COMPRESSED, _PLAIN)
            self.passed[region] += data
            flow += data
            writer.write(data)
            await writer.drain()
        writer.transport.abort()

    def _as_hub(self) -> ssl.SSLContext:
        own = self.folder / "hub" / "federation"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(own / "server.pem", own / "server-key.pem")
        context.load_verify_locations(own / "authority.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        return context

    def _as_region(self, region: str) -> ssl.SSLContext:
        own = self.folder / region / "federation"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_cert_chain(own / "link.pem", own / "link-key.pem")
        context.load_verify_locations(own / "authority.pem")
        return context


def _named(certificate: dict[str, tuple[tuple[tuple[str, str], ...], ...]]) -> str:
    """The region that a certificate was made for."""
    return next(value for part in certificate["subject"] for name, value in part if name == "commonName")
