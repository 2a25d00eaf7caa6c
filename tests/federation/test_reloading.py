"""Membership applied at a local stack's server: it says whether it takes it, and nobody else is signalled."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy.broker.server_settings import read_settings
from deploy.federation.broker import reload
from deploy.federation.broker.leaf_configuration import SYSTEM
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import DOCUMENT, Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from shared.federation.protocol import account
from tests.federation import links
from tests.federation.beside import as_a_stack, command
from tests.federation.links import Place
from tests.servers import wait_for


@pytest.fixture
async def linked(tmp_path: Path) -> AsyncIterator[tuple[Place, list[Place]]]:
    """A hub with two regions, and beside its server what a local stack keeps there."""
    async with links.federation(tmp_path, "north", "south") as (hub, regions):
        as_a_stack(hub)
        yield hub, regions


async def ends(hub: Place) -> set[str]:
    """The accounts of the links that stand at the hub."""
    system = await hub.client(SYSTEM)
    answer = json.loads((await system.request("$SYS.REQ.SERVER.PING.LEAFZ", b"{}", timeout=5)).data)
    return {leaf["account"] for leaf in answer["data"].get("leafs", [])}


async def test_a_suspended_link_is_closed_before_it_is_said(linked: tuple[Place, list[Place]]) -> None:
    hub, _ = linked
    said = await command(hub, "suspend", "north")
    assert "north is suspended\n" in said.stdout
    assert await ends(hub) == {account("south")}
    assert read_settings(hub.folder / "nats" / "nats.conf")["accounts"][account("north")]["users"] == []


async def test_a_configuration_that_the_server_refuses_is_said_and_undone(
    linked: tuple[Place, list[Place]],
) -> None:
    """As a member whose key is none, from a folder that was written by hand."""
    hub, _ = linked
    before = (hub.folder / "nats" / "nats.conf").read_bytes()
    document = hub.federation.document(DOCUMENT)
    document["regions"]["east"] = {**document["regions"]["south"], "nkey": "UNONSENSE"}
    hub.federation.keep(DOCUMENT, document)
    with pytest.raises(FederationError, match=r"NATS refused its new configuration: .*nkey"):
        await reload.reload(hub.federation)
    said = await command(hub, "suspend", "north")
    assert isinstance(said.exception, FederationError)
    assert said.stdout == ""
    assert (hub.folder / "nats" / "nats.conf").read_bytes() == before
    assert await ends(hub) == {account("north"), account("south")}
    assert hub.server.pid is not None


async def test_a_reused_process_number_is_nobodys_business(tmp_path: Path) -> None:
    """The stack ended without removing its server's number, which another process has now."""
    hub = Place.at(tmp_path / "hub", "hub")
    Hub(hub.federation).init("hub", ["127.0.0.1"], 7422)
    await hub.start()
    as_a_stack(hub)
    await hub.close()
    with subprocess.Popen(["sleep", "600"]) as other:
        (hub.folder / "nats" / "nats.pid").write_text(str(other.pid))
        assert await reload.reload(hub.federation) is None
        assert other.poll() is None
        other.terminate()
        assert await asyncio.to_thread(other.wait, 10) == -15


async def test_where_no_server_was_told_it_is_said(tmp_path: Path) -> None:
    hub = Place.at(tmp_path / "hub", "hub")
    members = Hub(hub.federation)
    members.init("hub", ["127.0.0.1"], 7422)
    north = Region(Folder(tmp_path / "north"))
    members.add(north.request("north"))
    said = await command(hub, "suspend", "north")
    assert f"north is suspended, but only in {hub.federation.path}:" in said.stdout
    assert "No hub's NATS answers here" in said.stdout


async def test_a_resumed_region_comes_again(linked: tuple[Place, list[Place]]) -> None:
    hub, _ = linked
    await command(hub, "suspend", "north")
    said = await command(hub, "resume", "north")
    assert said.stdout == "north may speak again\n"

    async def both() -> bool:
        return await ends(hub) == {account("north"), account("south")}

    await wait_for(both, 30)
