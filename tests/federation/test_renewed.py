"""A region's membership renewed while its link stands: a reload alone leaves the link what it might before."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.federation.broker.streams import close_links
from deploy.federation.membership.hub import Hub
from tests.federation.links import Place, federation
from tests.servers import wait_for

pytestmark = pytest.mark.slow(40)

UP = "steward.north.up.evaluation.indicator-computed.v1"
SECONDS = 90


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, Place]]:
    async with federation(tmp_path, "north") as (hub, (north,)):
        yield hub, north


async def test_a_region_that_links_again_before_its_hub_knows_its_epoch_is_heard(
    linked: tuple[Place, Place],
) -> None:
    """In the order of the operators: the region restarts, then the hub is told."""
    hub, north = linked
    await north.admin.publish(UP, b"before")
    await wait_for(partial(hub.holds, "NATIONAL", UP, b"before"), SECONDS)
    await north.close()
    epoch = north.federation.restored()
    await north.start()
    await north.provision()
    north.work()
    await north.admin.publish(UP, b"said again")
    await wait_for(north.reached(f"UPLINK_north_{epoch}", 1), SECONDS)
    await wait_for(partial(linked_again, hub), SECONDS)
    members = Hub(hub.federation)
    members.set_epoch("north", epoch)
    hub.server.reload()
    await wait_for(hub.logged("Reloaded server configuration"), 10)
    await hub.provision()
    active = [member.region for member in members.members(active=True)]
    assert await close_links(await hub.client(SYSTEM), active, renewed="north") == ["steward-north"]
    await wait_for(partial(hub.holds, "NATIONAL", UP, b"said again"), SECONDS)


async def linked_again(hub: Place) -> bool:
    return hub.server.log.read_text().count("JetStream using domains") > 1
