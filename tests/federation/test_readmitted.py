"""A region that was removed and comes back, or another one of its name; what crosses is on real links."""

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.federation.broker.streams import close_links, of_links, with_link
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.enrolment import WELCOME, signed
from deploy.federation.membership.hub import ACTIVE, Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.federation.transfer import exchange
from deploy.federation.transfer.bundle import Manifest, Peer, packed
from shared.federation.protocol import uplink
from tests.federation.links import Place, federation
from tests.federation.test_bridges import provisioned
from tests.servers import wait_for

pytestmark = pytest.mark.slow(90)

SECONDS = 90
UP = "steward.{}.up.evaluation.indicator-computed.v1"
DOWN = "steward.hub.down.evaluation.targets-published.v1"


def test_a_removed_region_is_no_member(hub: Hub, north: Region) -> None:
    north.join(hub.add(north.request("north")))
    hub.remove("north")
    assert hub.members() == []
    assert hub.members(active=True) == []
    assert with_link([], hub.folder.path)[0].metadata == {}
    assert of_links(hub.folder.path) == {}
    for refused in (
        partial(hub.set_state, "north", ACTIVE),
        partial(hub.set_epoch, "north", 2),
        partial(hub.remove, "north"),
    ):
        with pytest.raises(FederationError, match="no member"):
            refused()


async def test_files_of_and_for_a_removed_region_are_refused(hub: Hub, north: Region) -> None:
    north.join(hub.add(north.request("north")))
    hub.remove("north")
    manifest = Manifest("north", "hub", north.uplink(), 1, 0, 0)
    keys = hub.folder.keys()
    file = packed(manifest, [], north.folder.keys(), Peer("hub", keys.public, keys.public_box, "down"))
    with pytest.raises(FederationError, match="north is no member"):
        await exchange.take(hub.folder, file)
    with pytest.raises(FederationError, match="north is no member"):
        await exchange.export(hub.folder, "north")


def test_an_older_request_does_not_lower_the_epoch(hub: Hub, north: Region) -> None:
    older = north.request("north")
    north.join(hub.add(older))
    hub.set_epoch("north", north.folder.restored())
    assert hub.add(older)["epoch"] == 2
    assert epoch_at(hub) == 2
    hub.remove("north")
    north.join(hub.add(older))
    assert (epoch_at(hub), north.folder.epoch()) == (2, 2)


def test_the_same_region_goes_on_in_its_epoch_after_its_removal(hub: Hub, north: Region) -> None:
    request = north.request("north")
    north.join(hub.add(request))
    hub.remove("north")
    north.join(hub.add(request))
    assert (epoch_at(hub), north.folder.epoch(), north.uplink()) == (1, 1, "UPLINK_north_1")


def test_another_region_of_a_removed_name_begins_in_an_epoch_of_its_own(
    hub: Hub, north: Region, tmp_path: Path
) -> None:
    north.join(hub.add(north.request("north")))
    hub.set_epoch("north", 3)
    for number in (4, 5):
        hub.remove("north")
        other = Region(Folder(tmp_path / f"another-{number}"))
        other.join(hub.add(other.request("north")))
        assert (epoch_at(hub), other.folder.epoch()) == (number, number)
        assert other.uplink() == uplink("north", number)
        assert hub.add(other.request("north"))["epoch"] == number


def test_a_request_far_ahead_keeps_its_epoch(hub: Hub, north: Region, tmp_path: Path) -> None:
    hub.add(north.request("north"))
    hub.remove("north")
    other = Region(Folder(tmp_path / "another"))
    other.folder.begin(7)
    other.join(hub.add(other.request("north")))
    assert (epoch_at(hub), other.folder.epoch()) == (7, 7)


def test_a_welcome_of_an_older_hub_says_no_epoch(hub: Hub, north: Region) -> None:
    welcome = hub.add(north.request("north"))
    north.folder.restored()
    older = {name: value for name, value in welcome.items() if name != "epoch"}
    north.join(signed(older, hub.folder.keys(), WELCOME))
    assert north.folder.epoch() == 2
    with pytest.raises(FederationError, match="no welcome"):
        north.join({**welcome, "epoch": "soon"})


def epoch_at(hub: Hub) -> int:
    return hub.members()[0].epoch


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, Place, Place]]:
    """A hub and two regions; north has published, and is removed."""
    async with federation(tmp_path, "north", "south") as (hub, (north, south)):
        await said(hub, north, "before")
        Hub(hub.federation).remove("north")
        await applied(hub, times=1)
        yield hub, north, south


async def applied(hub: Place, *, times: int) -> None:
    """What the command does after a change of members, here for the `times`-th time."""
    hub.server.reload()
    reloaded = "Reloaded server configuration"
    await wait_for(lambda: hub.server.log.read_text().count(reloaded) == times, 10)
    await wait_for(partial(provisioned, hub), 10)
    active = [member.region for member in Hub(hub.federation).members(active=True)]
    await close_links(await hub.client(SYSTEM), active)


async def said(hub: Place, region: Place, words: str) -> None:
    """Publish at a region, and wait until the hub's services can read it."""
    await region.admin.publish(UP.format(region.name), words.encode())
    await wait_for(partial(hub.holds, "NATIONAL", UP.format(region.name), words.encode()), SECONDS)


async def test_a_removed_region_that_is_added_again_is_heard_and_hears(
    linked: tuple[Place, Place, Place],
) -> None:
    """With no restart, with what it published meanwhile; others notice nothing."""
    hub, north, south = linked
    await wait_for(north.logged("Authorization Violation"), 30)
    await north.admin.publish(UP.format("north"), b"while away")
    await hub.admin.publish(DOWN, b"while away")
    await said(hub, south, "of the other")
    await wait_for(partial(south.holds, "DOWN", DOWN, b"while away"), SECONDS)
    assert await hub.holds("NATIONAL", UP.format("north"), b"before")
    region = Region(north.federation)
    region.join(Hub(hub.federation).add(region.request("north")))
    await applied(hub, times=2)
    await wait_for(partial(hub.holds, "NATIONAL", UP.format("north"), b"while away"), SECONDS)
    await wait_for(partial(north.holds, "DOWN", DOWN, b"while away"), SECONDS)
    assert await hub.count("NATIONAL") == 3
    assert south.server.log.read_text().count("JetStream using domains") == 1


async def test_another_region_of_a_removed_name_is_heard_from_its_first_event(
    linked: tuple[Place, Place, Place], tmp_path: Path
) -> None:
    hub, north, _ = linked
    await north.close()
    rejoined = Place.at(tmp_path / "anew", "north")
    region = Region(rejoined.federation)
    region.join(Hub(hub.federation).add(region.request("north")))
    await applied(hub, times=2)
    try:
        await rejoined.start()
        await rejoined.provision()
        rejoined.work()
        await said(hub, rejoined, "the first")
        assert await hub.count("NATIONAL") == 2
        assert rejoined.settings().epoch == 2
    finally:
        await rejoined.close()
