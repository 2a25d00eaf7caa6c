"""A region's server that was changed: with the region's certificate and key it says whatever it likes."""

import asyncio
import base64
import json
import ssl
from dataclasses import dataclass

from tests.federation.links import Place

SECONDS = 10


@dataclass(frozen=True)
class Rogue:
    """Speaks the protocol of a link to `hub` as `region`, and never asks what the hub allows it.

    nats-server itself is told by the hub what its link may send and sends nothing else, so that only
    this shows the hub's own refusal.
    """

    hub: Place
    region: Place

    async def say(self, subject: str, data: bytes) -> str:
        """One message; what the hub answered until it closed the link."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.hub.server.link_port, ssl=self._tls()
        )
        try:
            async with asyncio.timeout(SECONDS):
                hello = json.loads((await reader.readline()).removeprefix(b"INFO "))
                writer.write(b"CONNECT " + self._proof(hello["nonce"]) + b"\r\nPING\r\n")
                while not (await reader.readline()).startswith(b"PONG"):
                    pass  # what the hub subscribes to
                writer.write(b"LMSG %s %d\r\n%s\r\n" % (subject.encode(), len(data), data))
                return (await reader.read()).decode()
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
