"""An instance that becomes a hub: what it wrote into the catalogue goes down, earlier and later."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import msgspec
import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from shared.events.registry import UnitsChanged
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.planning.builders import units
from tests.planning.test_region import OWN, OWN_CODE
from tests.served import Client, application, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
SENT = "select payload from outbox where subject like '%.down.planning.entries-offered.v1' order by id"
SECOND = f"{INSTANCE.upper()}-02"


class Planning:
    """A served planning, and what it told its regions of its own entries."""

    def __init__(self, root: Client, app: Any) -> None:
        self.root, self.app = root, app

    async def put(self, code: str, etag: str | None = None, **changes: Any) -> None:
        answer = await self.root.put(f"/v1/interventions/{code}", json=OWN | changes, if_match=etag)
        assert answer.status == 200, answer.json

    async def told(self) -> list[dict[str, Any]]:
        async with self.app.state.database.transaction() as connection:
            return [msgspec.json.decode(row["payload"]) for row in await connection.fetch(SENT)]

    async def states(self) -> list[tuple[int, int, list[tuple[str, int, bool]]]]:
        """Of each event its epoch, the version of all together, and code, version and whether offered."""
        return [
            (
                event["epoch"],
                event["data"]["entries_version"],
                [(one["entry"]["code"], one["version"], one["offered"]) for one in event["data"]["items"]],
            )
            for event in await self.told()
        ]


Started = Callable[..., AbstractAsyncContextManager[Planning]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def started(settings, token, nats_url) -> AsyncIterator[Started]:
    """Starts planning on one database, as what the test says."""
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])

    @asynccontextmanager
    async def start(**changes: Any) -> AsyncIterator[Planning]:
        app = application(settings("planning", **AS_ADMIN, **changes))
        async with serving(app) as client:
            await Regions(broker.jetstream()).publish(INSTANCE, UnitsChanged(items=units()))
            root = client.using(token("programme-manager", units=("N", "S"), subject="pm"))

            async def known() -> bool:
                async with app.state.database.transaction() as connection:
                    told = await connection.fetchval("select count(*) from unit where version > 0")
                    return bool(told == len(units()))

            await wait_for(known)
            yield Planning(root, app)

    async with regions_of_hub(nats_url, "planning"):
        yield start
    await broker.close()


async def test_what_was_written_before_goes_down_when_the_instance_becomes_a_hub(started: Started) -> None:
    async with started() as alone:
        await alone.put(OWN_CODE)
        assert await alone.told() == []
    async with started(federation="hub") as hub:
        assert await hub.states() == [(1, 1, [(OWN_CODE, 1, True)])]
        (event,) = await hub.told()
    said = event["data"]["items"][0]["entry"]
    assert said == {"code": OWN_CODE, "title": OWN["name"], "prerequisites": []} | {
        name: value for name, value in OWN.items() if name != "name"
    }


async def test_each_change_goes_down_and_a_restart_says_nothing(started: Started) -> None:
    async with started(federation="hub") as hub:
        assert len(await hub.told()) == 1
        await hub.put(SECOND)
        await hub.put(OWN_CODE, '"1"', hours=13)
        await hub.put(SECOND, '"1"', offered=False)
        assert (await hub.states())[1:] == [
            (1, 2, [(SECOND, 1, True)]), (1, 3, [(OWN_CODE, 2, True)]), (1, 4, [(SECOND, 2, False)]),
        ]  # fmt: skip
        listed = (await hub.root.get("/v1/interventions", params={"limit": 200})).json["items"]
        assert {one["code"]: one["origin"] for one in listed}[OWN_CODE] == "own"
        assert {one["origin"] for one in listed} == {"own", "catalogue"}  # its own events change nothing here


async def test_a_restored_hub_says_all_of_it_again_with_its_versions(started: Started) -> None:
    async with started(federation="hub", epoch=2) as hub:
        again = [state for state in await hub.states() if state[0] == 2]
        assert again == [(2, 4, [(OWN_CODE, 2, True), (SECOND, 2, False)])]
