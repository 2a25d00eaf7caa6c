"""Names of a region's units at its hub, over a real link, while the region is a version behind and afterwards."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from deploy.data_folder.issuer import Issuer
from shared.events.registry import UnitsChanged
from tests.federation.links import federation
from tests.federation.served import Publisher, served, settings_of
from tests.registry.builders import plant
from tests.served import Client
from tests.servers import Databases, wait_for

SECONDS = 60  # sourcing looks for its other side every 10 s or so
SUBJECT = UnitsChanged.subject("east")
UNIT = {"unit_code": "E-1", "parent": "E", "level": "district", "type": "District", "open_from": "2000-01-01"}


@pytest.fixture(scope="module")
async def linked(
    tmp_path_factory: pytest.TempPathFactory,
    databases: Databases,
    issuer: Issuer,
    jwks_path: Path,
    token: Any,
) -> AsyncIterator[tuple[Client, Publisher]]:
    """A hub's registry as a programme manager calls it, and who publishes in its region."""
    async with AsyncExitStack() as stack:
        folder = tmp_path_factory.mktemp("names")
        hub, (east,) = await stack.enter_async_context(federation(folder, "east"))
        settings = settings_of(hub, "registry", issuer, jwks_path, databases.fresh("registry"))
        stack.callback(databases.drop, settings.database_url)
        national = await stack.enter_async_context(served(hub, settings))
        await plant(national.using(token("hris", units=("SL",))))
        reader = national.using(token("programme-manager", units=("SL",)))
        yield reader, await Publisher.at(east, "registry")


async def test_a_region_behind_has_units_without_names_until_it_is_upgraded(
    linked: tuple[Client, Publisher],
) -> None:
    """Then it announces each unit once more, with its next version."""
    hub, region = linked

    async def named(version: int, name: str | None) -> None:
        async def same() -> bool:
            answer = await hub.get("/v1/national/units", params={"region": "east", "parent": "E"})
            found = answer.json["items"] if answer.status == 200 else []
            return [(one["version"], one["name"]) for one in found] == [(version, name)]

        await wait_for(same, SECONDS)

    top = {**UNIT, "unit_code": "E", "parent": None, "level": "region", "version": 1}
    await region.send(SUBJECT, {"items": [top, {**UNIT, "version": 1}]})
    await named(1, None)
    await region.send(SUBJECT, {"items": [{**UNIT, "version": 2, "name": "East District"}]})
    await named(2, "East District")
