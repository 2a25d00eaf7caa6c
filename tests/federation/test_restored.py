"""A region's stream that is full, and backups that come back: lost 0, doubled 0, every time."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.federation.folder import Folder
from deploy.federation.hub import Hub
from tests.federation.instance import Instance, broker
from tests.federation.instances import Instances, rate, running
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation() -> AsyncIterator[Instances]:
    async with running("north", "south") as started:
        yield started


async def test_a_full_stream_holds_the_outbox_back_and_loses_nothing(federation: Instances) -> None:
    north = federation.regions["north"]
    await federation.line.cut()
    async with broker(north) as jetstream:
        known = (await jetstream.stream_info("UP")).config
        filled = (await jetstream.stream_info("UP")).state.bytes
        await jetstream.update_stream(known.evolve(max_bytes=filled + 200))
        await rate(north, "full")
        held = "select count(*) from outbox where sent_at is null and subject like '%.up.%'"

        async def waits() -> bool:
            return await north.count("planning", held) > 0

        await wait_for(waits, 60)
        await jetstream.update_stream(known)
    await federation.line.open()
    await federation.check()


def backup(instance: Instance) -> Path:
    """Everything of a stopped instance: databases, streams, federation folder, with its owners."""
    kept = instance.folder.with_name("yesterday")
    subprocess.run(["cp", "-a", instance.folder, kept], check=True)
    return kept


async def test_a_hub_restored_from_yesterdays_backup(federation: Instances) -> None:
    hub = federation.hub
    await hub.stop()
    kept = backup(hub)
    hub.again()
    await hub.start()
    await federation.rate_everybody("after the backup")
    await federation.met()
    await hub.stop()
    shutil.rmtree(hub.folder)
    shutil.move(kept, hub.folder)
    hub.again()
    await hub.start()
    await federation.check()


async def test_a_region_restored_from_yesterdays_backup(federation: Instances) -> None:
    north, hub = federation.regions["north"], federation.hub
    assert north.run is not None
    await north.stop()
    kept = backup(north)
    north.again()
    await north.start()
    await north.sign_in()
    await rate(north, "lost with the server")
    await federation.met()
    await north.stop()
    shutil.rmtree(north.folder)
    shutil.move(kept, north.folder)
    epoch = Folder(north.folder / "federation").restored()
    Hub(Folder(hub.folder / "federation")).set_epoch("north", epoch)
    await hub.stop()
    hub.again()
    await hub.start()
    north.again()
    await north.start()
    await north.sign_in()
    await federation.met()
    await rate(north, "after the restoration")
    await federation.met()
    epochs = await hub.rows("planning", "select distinct epoch from national_figure where region = 'north'")
    assert {row[0] for row in epochs} >= {epoch}
