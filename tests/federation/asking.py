"""Asking a region from its hub, and hearing inside a region's accounts what really arrives there."""

import json
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg

from deploy.broker.server_settings import ADMIN
from deploy.federation.broker.leaf_configuration import SYSTEM, federated
from shared.federation.protocol import LINK, account
from tests.federation.links import PASSWORDS, Place
from tests.servers import wait_for

ASKED = ("$JS.API.", "$JS.north.", "$SYS.REQ.", "steward.", "dlq.", "uplink.")
SOURCING = "$JS.API.CONSUMER.CREATE.UPLINK_"  # what the hub asks by itself


def overheard(settings: Any, path: Any, **more: Any) -> Any:
    """A configuration with users where links end and in the system account, who hear what arrives there."""
    found = federated(settings, path, **more)
    user = {"user": SYSTEM, "password": PASSWORDS[ADMIN]}
    found["accounts"].setdefault("SYS", {"users": [user]})
    for name, known in found["accounts"].items():
        if name.startswith(LINK):
            known["users"] = [*known.get("users", []), {"user": name, "password": PASSWORDS[ADMIN]}]
    return {**found, "system_account": "SYS"}


async def in_link(place: Place, region: str = "") -> Client:
    """A connection in the account where a region's link ends, at the region or for it at the hub."""
    client = await nats.connect(place.server.url, user=account(region), password=PASSWORDS[ADMIN])
    place.clients.append(client)
    return client


async def heard(client: Client) -> list[Msg]:
    """All that the account of a connection hears from now on."""
    messages: list[Msg] = []

    async def note(message: Msg) -> None:
        messages.append(message)

    await client.subscribe(">", cb=note)
    await client.flush()
    return messages


def asked(messages: list[Msg]) -> list[str]:
    """What was asked or published there, without what sourcing asks by itself."""
    return [one.subject for one in messages if one.subject.startswith(ASKED) and SOURCING not in one.subject]


class Asking:
    """A connection at the hub, where a region's link ends, that asks and awaits answers where they get through."""

    def __init__(self, client: Client) -> None:
        """Nothing is asked yet."""
        self.client = client
        self.answers: dict[str, list[Msg]] = {}

    async def ask(self, subject: str, body: bytes = b"") -> None:
        """Ask without waiting; `answers` will tell."""
        got = self.answers.setdefault(subject, [])

        async def note(message: Msg) -> None:
            got.append(message)

        reply = f"$JSC.R.{self.client._nuid.next().decode()}"
        await self.client.subscribe(reply, cb=note)
        await self.client.publish(subject, body, reply=reply)

    async def answered(self, subject: str, body: bytes = b"") -> dict[str, Any]:
        """Ask and wait for the answer."""
        self.answers.pop(subject, None)
        await self.ask(subject, body)
        await wait_for(lambda: bool(self.answers[subject]), 10)
        return dict(json.loads(self.answers[subject][0].data))


def tried(messages: list[Msg], subject: str) -> bool:
    return any(one.subject.startswith(subject) for one in messages)
