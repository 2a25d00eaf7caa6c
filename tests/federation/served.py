"""A real service of one place: connected to its own server as its own user, with a database of its own."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from nats.js import JetStreamContext

from deploy.broker.provision import declared, provision_durables
from deploy.data_folder.issuer import Issuer
from shared.database.engine import Database
from shared.messaging.subscriber import Subscribers
from shared.messaging.subscriptions import Consumers
from shared.settings import Settings
from tests.federation import gateways
from tests.federation.links import PASSWORDS, Place
from tests.served import Client, application, serving

READ = "select event_id from inbox where consumer = $1"


def settings_of(place: Place, service: str, issuer: Issuer, jwks: Path, database: str) -> Settings:
    """What a service of this place starts with, as its own user of broker and database."""
    changes = {
        "service": service, "nats_user": service, "nats_password": PASSWORDS[service], "database_url": database,
    }  # fmt: skip
    return gateways.settings_of(place, issuer, jwks.as_uri()).model_copy(update=changes)


@asynccontextmanager
async def served(place: Place, settings: Settings) -> AsyncIterator[Client]:
    """The service, with the durables that it reads by."""
    hub = settings.federation == "hub"
    await provision_durables(place.admin, declared(settings.service, place.name, hub=hub))
    async with serving(application(settings)) as client:
        yield client


@dataclass
class Publisher:
    """Publishes as software of any version would, as one service's user on that place's server."""

    jetstream: JetStreamContext
    sent: list[str] = field(default_factory=list)

    @classmethod
    async def at(cls, place: Place, service: str) -> "Publisher":
        """Nothing is sent yet."""
        return cls((await place.client(service)).jetstream())

    async def send(self, subject: str, data: dict[str, Any], /, **more: Any) -> str:
        """One event; `more` replaces or adds attributes of the envelope."""
        _, name, _, service, fact, version = subject.split(".")
        body = {
            "specversion": "1.0", "id": str(uuid4()), "source": f"/steward/{name}/{service}",
            "type": f"steward.{service}.{fact}.{version}", "subject": fact, "time": "2026-11-23T08:00:00Z",
            "datacontenttype": "application/json", "instance": name, "aggregateversion": 1, "data": data,
        } | more  # fmt: skip
        event = str(body["id"])
        await self.jetstream.publish(subject, json.dumps(body).encode(), headers={"Nats-Msg-Id": event})
        self.sent.append(event)
        return event


async def ids(place: Place, stream: str) -> Counter[str]:
    """How often a stream has each event, by the ids in the bodies."""
    having = place.having(stream)
    state = (await having.stream_info(stream)).state
    numbers = range(state.first_seq, state.last_seq + 1)
    messages = [await having.get_msg(stream, number) for number in numbers]
    return Counter(json.loads(message.data or b"{}")["id"] for message in messages)


async def applied(database: str, consumer: str) -> set[str]:
    """The events that a consumer has applied."""
    return {str(row["event_id"]) for row in await rows(database, READ, consumer)}


async def rows(database: str, query: str, *values: Any) -> list[Any]:
    """What a service's database answers."""
    connection = await asyncpg.connect(database)
    try:
        return list(await connection.fetch(query, *values))
    finally:
        await connection.close()


@asynccontextmanager
async def reading(place: Place, settings: Settings, consumers: Consumers) -> AsyncIterator[None]:
    """`consumers` at work beside those of the service whose `settings` these are."""
    hub = settings.federation == "hub"
    await provision_durables(place.admin, consumers.durables(place.name, hub=hub))
    database, client = Database(settings), await place.client(settings.service)
    running = consumers.running(hub=hub)
    subscribers = Subscribers(settings.service, place.name, running, database, client)
    await subscribers.start()
    try:
        yield
    finally:
        await subscribers.stop()
        await database.close()
