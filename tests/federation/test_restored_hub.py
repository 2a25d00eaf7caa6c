"""A hub restored from yesterday's backup, on real servers: what it publishes from then on reaches its regions."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from tests.federation.links import Place, federation
from tests.servers import wait_for

pytestmark = pytest.mark.slow(40)

DOWN = "steward.hub.down.evaluation.targets-published.v1"
SECONDS = 60


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path, "north", "south") as places:
        yield places


async def publish(hub: Place, regions: list[Place], count: int, word: bytes) -> None:
    """Publications that all regions get."""
    for number in range(count):
        await hub.admin.publish(DOWN, b"%s %d" % (word, number))
    for place in regions:
        await wait_for(partial(place.holds, "DOWN", DOWN, b"%s %d" % (word, count - 1)), SECONDS)


async def restart(hub: Place, backup: Path | None = None) -> None:
    """Stop and start the hub's server, with its folder as it is or as it was in the backup."""
    await hub.rest()
    await asyncio.to_thread(hub.server.stop)
    if backup:
        kept = hub.federation.path.rename(backup.with_name("federation"))
        shutil.rmtree(hub.folder)
        shutil.move(backup, hub.folder)
        shutil.rmtree(hub.federation.path)
        kept.rename(hub.federation.path)
    await hub.start()
    await hub.provision()
    hub.work()


async def test_a_restored_hub_is_heard_by_regions_that_had_read_further(
    linked: tuple[Place, list[Place]], tmp_path: Path
) -> None:
    hub, regions = linked
    await publish(hub, regions, 10, b"before the backup")
    await asyncio.to_thread(hub.server.stop)
    backup = tmp_path / "backup"
    shutil.copytree(hub.folder, backup)
    await restart(hub)
    await publish(hub, regions, 20, b"lost with the server")
    hub.federation.restored()
    await restart(hub, backup)
    await publish(hub, regions, 5, b"after the restoration")
    assert [await place.count("DOWN") for place in regions] == [35, 35]
