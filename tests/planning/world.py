"""A served planning with people in it, events published to it, and what it published itself."""

from collections.abc import AsyncIterator
from uuid import uuid4

import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from shared import clock as domain_clock
from shared.auth.caller import subject_key
from shared.events import envelope
from shared.events.registry import PeopleChanged, UnitsChanged
from tests.conftest import PEPPER
from tests.planning.builders import assessed, ident, person, units
from tests.served import Client, application, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

TRACE = "0af7651916cd43dd8448eb211c80319c"


class World:
    """A served planning with a manager and a leader in N01, and a stranger in S."""

    def __init__(self, client: Client, app, broker, token) -> None:
        self.client, self.app, self.broker, self.token = client, app, broker, token
        self.manager = client.using(token("programme-manager", units=("N",), subject="pm"))

    def leader(self, name: str) -> Client:
        return self.client.using(self.token("leader", subject=name))

    async def publish(self, event, event_id=None) -> None:
        name = str(event_id or uuid4())
        sent = envelope.Envelope(
            id=name, source="/steward/north/x", type=event.type(), subject="x", time=domain_clock.now(),
            data=event, instance=INSTANCE, aggregateversion=1, traceparent=f"00-{TRACE}-b7ad6b7169203331-01",
        )  # fmt: skip
        headers = {"Nats-Msg-Id": str(uuid4())}
        await self.broker.publish(event.subject(INSTANCE), envelope.encode(sent), headers=headers)

    async def plans(self, who: str, state: str | None = None) -> list[dict]:
        params = {"person": ident(who)} | ({"state": state} if state else {})
        return (await self.manager.get("/v1/plans", params=params)).json["items"]

    async def proposed(self, name: str, who: str, **changes) -> dict:
        await self.publish(assessed(name, who, **changes))

        async def found():
            return [plan for plan in await self.plans(who) if plan["assessment_id"] == ident(name)]

        return (await wait_for(found))[0]

    async def outbox(self, fact: str) -> list[dict]:
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch("select payload from outbox where subject like $1", f"%.{fact}.v1")
        return [envelope.msgspec.json.decode(row["payload"]) for row in rows]


@pytest.fixture(scope="module")
def key(issuer):
    """The subject key of a name that signs in."""
    return lambda name: subject_key(PEPPER, issuer.name, name)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(settings, token, key, nats_url) -> AsyncIterator[World]:
    configured = settings("planning", trace_ratio=1.0)
    app = application(configured)
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    async with serving(app) as client:
        made = World(client, app, broker.jetstream(), token)
        await made.publish(UnitsChanged(items=units()))

        people = [person("boss", key("boss"))]
        people += [person(f"p{n}", key(f"p{n}"), "boss") for n in range(8)]
        people += [person("other", key("other"), unit="S")]
        await made.publish(PeopleChanged(items=people))

        async def known() -> bool:
            async with app.state.database.transaction() as connection:
                told = await connection.fetchval("select count(*) from unit where version > 0")
                return told == len(units()) and await connection.fetchval("select count(*) = 10 from person")

        await wait_for(known)
        yield made
    await broker.close()
