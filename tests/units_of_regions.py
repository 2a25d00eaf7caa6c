"""A hub's view of one figure of a region's units, a level at a time: regions, hub and questions of its tests."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest_asyncio

from shared.events.registry import UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

ROOT = INSTANCE.upper()


@dataclass(frozen=True)
class View:
    """What a service shows at `url` of the units of a region: `asked` are its parameters, `field` is the figure.

    The fixtures that `fixtures` returns are to stand in the test's module as `regions` and `hub`.
    """

    service: str
    url: str
    asked: dict[str, str]
    field: str

    def fixtures(self) -> tuple[Any, Any]:
        """A region of three units and another one of which one has the same code; the hub that knows both."""

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def regions(nats_url: str) -> AsyncIterator[Regions]:
            async with regions_of_hub(nats_url, self.service) as found:
                await found.publish("south", UnitsChanged(items=[
                    unit("S", None, name="South"), unit("S-1", "S", name="First District"), unit("S-2", "S"),
                ]))  # fmt: skip
                await found.publish("east", UnitsChanged(items=[unit("E", None), unit("S-1", "E")]))
                yield found

        @pytest_asyncio.fixture(scope="module", loop_scope="module")
        async def hub(settings: Any, serve: Any, token: Any, regions: Regions) -> Client:
            client = await serve(application(settings(self.service, federation="hub", **AS_ADMIN)))
            await regions.publish(INSTANCE, UnitsChanged(items=[unit(ROOT, None)]))  # its own
            manager: Client = client.using(token("programme-manager", units=(ROOT,)))

            async def knows() -> bool:
                questions = [{**self.asked, "region": region} for region in ("south", "east")]
                answers = [await manager.get(self.url, params=question) for question in questions]
                return all(answer.status == 200 and answer.json["items"] for answer in answers)

            await wait_for(knows)
            return manager

        return regions, hub

    async def page(
        self, hub: Client, region: str, parent: str | None = None, **params: str
    ) -> dict[str, Any]:
        """The units below a parent, or the topmost."""
        asked = {**self.asked, "region": region, **({"parent": parent} if parent else {}), **params}
        answer = await hub.get(self.url, params=asked)
        assert answer.status == 200, answer.json
        return answer.json

    async def below(
        self, hub: Client, region: str, parent: str | None = None, **params: str
    ) -> dict[str, Any]:
        """The figure of each of them."""
        page = await self.page(hub, region, parent, **params)
        return {one["unit_code"]: one[self.field] for one in page["items"]}

    async def so_far(self, hub: Client, region: str, parent: str) -> dict[str, Any]:
        """The same of a region that the hub may not know yet."""
        answer = await hub.get(self.url, params={**self.asked, "region": region, "parent": parent})
        return {one["unit_code"]: one[self.field] for one in answer.json.get("items", [])}

    async def refusal(self, hub: Client, **params: str) -> tuple[int, str]:
        """The status and the code of an answer."""
        answer = await hub.get(self.url, params={**self.asked, **params})
        return answer.status, answer.code

    async def settled(self, hub: Client) -> None:
        """Wait until there is a figure of the unit that two regions have under one code."""

        async def there() -> bool:
            return None not in [
                (await self.below(hub, region, top))["S-1"] for region, top in (("south", "S"), ("east", "E"))
            ]

        await wait_for(there)

    async def refuses_what_is_not_known(self, hub: Client) -> None:
        """A region, one region's unit asked of another, no region, and a period that is none."""
        assert await self.refusal(hub, region="nowhere") == (404, "region-unknown")
        assert await self.refusal(hub, region="east", parent="S-2") == (404, "unit-unknown")
        assert await self.refusal(hub) == (422, "input-invalid")
        assert await self.refusal(hub, region="south", period="2026") == (422, "period-malformed")

    async def is_for_readers_of_the_country(self, hub: Client, token: Any) -> None:
        """By role, and with the hub's own root."""

        def asking(*roles: str, unit: str = ROOT) -> Client:
            return hub.using(token(*roles, units=(unit,)))

        assert await self.below(asking("ops"), "south")
        assert await self.refusal(asking("hris"), region="south") == (403, "role-missing")
        assert await self.refusal(asking("programme-manager", unit="S"), region="south") == (
            403,
            "unit-out-of-scope",
        )

    async def is_of_a_hub_alone(self, settings: Any, serve: Any, token: Any) -> None:
        """Elsewhere there are no regions."""
        client = (await serve(application(settings(self.service)))).using(token("ops", units=(ROOT,)))
        assert await self.refusal(client, region="south") == (404, "not-a-hub")


def unit(code: str, parent: str | None, **values: Any) -> UnitState:
    """A unit as a region publishes it."""
    return UnitState(
        unit_code=code, parent=parent, version=3, level="district", type="District",
        open_from=date(2000, 1, 1), **values,
    )  # fmt: skip
