"""Servers that were changed: with a member's certificate and key they say whatever they like on a link."""

import asyncio
import base64
import json
import ssl
from dataclasses import dataclass

from tests.federation.links import Place

SECONDS = 10
# A reply like that of a delivery; nats-server takes what follows its "@" for the message's subject.
DELIVERY = "$JS.ACK.any.any.1.1.1.1.0@"


@dataclass(frozen=True)
class Rogue:
    """Speaks the protocol of a link to `hub` as `region`, and never asks what the hub allows it.

    nats-server itself is told by the hub what its link may send and sends nothing else, so that only
    this shows the hub's own refusal.
    """

    hub: Place
    region: Place

    async def say(self, subject: str, data: bytes, reply: str = "") -> str:
        """One message; what the hub said until it closed the link, or had read it."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.hub.server.link_port, ssl=self._tls()
        )
        try:
            async with asyncio.timeout(SECONDS):
                hello = json.loads((await reader.readline()).removeprefix(b"INFO "))
                writer.write(b"CONNECT " + self._proof(hello["nonce"]) + b"\r\nPING\r\n")
                said = await until_pong(reader)
                writer.write(message(subject, data, reply) + b"PING\r\n")
                return said + await until_pong(reader)
        finally:
            writer.close()

    def _tls(self) -> ssl.SSLContext:
        file = self.region.federation.file
        found = ssl.create_default_context(cafile=str(file("authority.pem")))
        found.load_cert_chain(str(file("link.pem")), str(file("link-key.pem")))
        return found

    def _proof(self, nonce: str) -> bytes:
        keys = self.region.federation.keys()
        signed = base64.urlsafe_b64encode(keys.sign(nonce.encode())).rstrip(b"=").decode()
        # A name and domain of its own: the region's real link stays.
        names = {"server_id": "ROGUE", "name": "steward-rogue", "domain": "rogue"}
        return json.dumps({"nkey": keys.public, "sig": signed, "headers": True, **names}).encode()


class RogueHub:
    """Listens on `port` with the hub's certificate; regions that call it believe that it is their hub."""

    def __init__(self, hub: Place, port: int) -> None:
        """Nothing listens yet."""
        self._hub, self._port = hub, port
        self._called: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()

    async def listen(self) -> asyncio.Server:
        """Wait for regions, until the server is closed."""
        return await asyncio.start_server(self._take, "127.0.0.1", self._port, ssl=self._tls())

    async def called(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The next region's link, ready for messages."""
        async with asyncio.timeout(6 * SECONDS):
            reader, writer = await self._called.get()
            hello = {
                "server_id": "ROGUE", "server_name": "steward-hub", "version": "2.15.1", "proto": 3,
                "headers": True, "auth_required": True, "max_payload": 1 << 20, "jetstream": True,
                "nonce": "abcdefghijk", "domain": "hub", "client_id": 1, "connect_info": True,
                "leafnode_urls": [f"127.0.0.1:{self._port}"], "remote_account": "STEWARD",
            }  # fmt: skip
            writer.write(b"INFO " + json.dumps(hello).encode() + b"\r\n")
            await reader.readuntil(b"PING\r\n")
            writer.write(b"PONG\r\nINFO " + json.dumps(hello).encode() + b"\r\n")
        return reader, writer

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._called.put((reader, writer))

    def _tls(self) -> ssl.SSLContext:
        file = self._hub.federation.file
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(str(file("server.pem")), str(file("server-key.pem")))
        return found


def message(subject: str, data: bytes, reply: str = "") -> bytes:
    """A message as it stands on a link."""
    head = " ".join(part for part in ("LMSG", subject, reply, str(len(data))) if part)
    return head.encode() + b"\r\n" + data + b"\r\n"


async def until_pong(reader: asyncio.StreamReader) -> str:
    """What the other side says until it has read all that came, or closes."""
    said = ""
    while line := (await reader.readline()).decode():
        if line.startswith("PONG"):
            break
        said += line
    return said
