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
        return await self.speak(message(subject, data, reply))

    async def speak(self, said: bytes) -> str:
        """As `say`, of a message as it stands on a link."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.hub.server.link_port, ssl=self._tls()
        )
        try:
            async with asyncio.timeout(SECONDS):
                hello = json.loads((await reader.readline()).removeprefix(b"INFO "))
                writer.write(b"CONNECT " + self._proof(hello["nonce"]) + b"\r\nPING\r\n")
                heard = await until_pong(reader)
                writer.write(said + b"PING\r\n")
                return heard + await until_pong(reader)
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
    """Listens on `port` with the hub's certificate; a region that calls it believes that it is its hub."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def __init__(self, hub: Place, port: int) -> None:
        """Nothing listens yet."""
        self._hub, self._port = hub, port
        self._server: asyncio.Server | None = None
        self._linked = asyncio.Event()

    async def listen(self) -> None:
        """Wait until a region's link is there, ready for messages."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self._port, ssl=self._tls())
        async with asyncio.timeout(6 * SECONDS):
            await self._linked.wait()

    def close(self) -> None:
        """Close the link, and listen no more."""
        self.writer.close()
        if self._server is not None:
            self._server.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        hello = {
            "server_id": "ROGUE", "server_name": "steward-hub", "version": "2.15.1", "proto": 3,
            "headers": True, "auth_required": True, "max_payload": 1 << 20, "jetstream": True,
            "nonce": "abcdefghijk", "domain": "hub", "client_id": 1, "connect_info": True,
            "leafnode_urls": [f"127.0.0.1:{self._port}"], "remote_account": "STEWARD",
        }  # fmt: skip
        writer.write(b"INFO " + json.dumps(hello).encode() + b"\r\n")
        await reader.readuntil(b"PING\r\n")
        writer.write(b"PONG\r\nINFO " + json.dumps(hello).encode() + b"\r\n")
        self.reader, self.writer = reader, writer
        self._linked.set()

    async def box(self, stream: str) -> str:
        """Where the region listens for a stream of its hub, once its question for it is answered."""
        async with asyncio.timeout(6 * SECONDS):
            self.writer.write(b"LS+ $JS.hub.API.>\r\n")
            while True:
                words = (await self.reader.readuntil(b"\r\n")).decode().split()
                if words[0] != "HMSG":
                    continue
                body = (await self.reader.readexactly(int(words[-1]) + 2))[int(words[-2]) : -2]
                if words[1].startswith(f"$JS.hub.API.CONSUMER.CREATE.{stream}"):
                    config = json.loads(body)["config"]
                    self.writer.write(message(words[2], json.dumps(created(stream, config)).encode()))
                    return str(config["deliver_subject"])

    def _tls(self) -> ssl.SSLContext:
        file = self._hub.federation.file
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(str(file("server.pem")), str(file("server-key.pem")))
        return found


def created(stream: str, config: dict[str, object]) -> dict[str, object]:
    """What a server says that made a consumer."""
    nothing = {"consumer_seq": 0, "stream_seq": 0}
    return {
        "type": "io.nats.jetstream.api.v1.consumer_create_response", "stream_name": stream,
        "name": config["name"], "created": "2026-01-01T00:00:00Z", "config": config, "num_pending": 0,
        "delivered": nothing, "ack_floor": nothing, "push_bound": True,
    }  # fmt: skip


def control(subject: str, reply: str) -> bytes:
    """A request for flow control: who reads a source answers it, with nothing, on the subject it names."""
    head = b"NATS/1.0 100 FlowControl Request\r\n\r\n"
    return f"HMSG {subject} {reply} {len(head)} {len(head)}\r\n".encode() + head + b"\r\n"


def stalled(subject: str, named: str) -> bytes:
    """A heartbeat that says that its consumer waits: who reads a source answers it likewise."""
    head = f"NATS/1.0 100 Idle Heartbeat\r\nNats-Consumer-Stalled: {named}\r\n\r\n".encode()
    return f"HMSG {subject} {len(head)} {len(head)}\r\n".encode() + head + b"\r\n"


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
