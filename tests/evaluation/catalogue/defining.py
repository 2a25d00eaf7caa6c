"""One evaluation, served alone, as a hub or in a region, as a test needs it; and a definition to send."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import nats
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from services.evaluation.catalogue.definitions import published_part
from services.evaluation.catalogue.queries import delivered
from shared.events.evaluation import IndicatorsPublished
from tests.evaluation.world import TREE
from tests.federated import Regions
from tests.served import Answer, Client, application, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

BODY = {
    name: value
    for name, value in published_part(delivered()["OP-01"]).items()
    if name not in ("code", "version")
}
NEW = BODY | {
    "name": {"en": "Vacancies", "fr": "Postes vacants"},
    "dhis2_code": "STW_ZZ_01",
    "upstream": ["OP-01"],
}


class Instance:
    """A served evaluation of one instance, and what it said to others."""

    def __init__(self, client: Client, app: Any, stream: Regions) -> None:
        self.root, self.app, self.stream = client, app, stream

    async def put(self, code: str, body: Any, if_match: str | None = None, **more: Any) -> Answer:
        return await self.root.put(f"/v1/indicators/{code}", json=body, if_match=if_match, **more)

    async def shown(self, code: str) -> dict[str, Any] | None:
        answer = await self.root.get(f"/v1/indicators/{code}")
        return answer.json if answer.status == 200 else None

    async def fetch(self, statement: str, *parameters: Any) -> list[Any]:
        async with self.app.state.database.transaction() as connection:
            return list(await connection.fetch(statement, *parameters))

    async def said(self) -> list[dict[str, Any]]:
        rows = await self.fetch(
            "select payload from outbox where subject like '%.indicators-published.v1' order by id"
        )
        return [json.loads(row["payload"]) for row in rows]

    async def hears(self, event: IndicatorsPublished, epoch: int = 1) -> None:
        """The hub's word, until it is applied."""
        await self.applied(await self.stream.publish("hub", event, epoch=epoch))

    async def applied(self, event: UUID) -> None:
        async def there() -> bool:
            return bool(await self.fetch("select from inbox where event_id = $1", event))

        await wait_for(there, timeout=20)


Run = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(settings, token, nats_url) -> AsyncIterator[Run]:
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    stream = Regions(broker.jetstream())

    @asynccontextmanager
    async def running(federation: str, **changes: Any) -> AsyncIterator[Instance]:
        """One after the other on one database: who speaks is the process's."""
        app = application(settings("evaluation", federation=federation, **changes))
        async with serving(app) as client:
            made = Instance(client.using(token("programme-manager", units=("C",))), app, stream)
            await made.applied(await stream.publish(INSTANCE, TREE))
            yield made

    yield running
    await broker.close()


@pytest_asyncio.fixture(loop_scope="module")
async def empty(run: Run, service_database: Any) -> AsyncIterator[None]:
    """No definition, no word of a hub."""
    async with run("none") as alone:
        await alone.fetch("truncate definition, heard_epoch, outbox")
    yield
