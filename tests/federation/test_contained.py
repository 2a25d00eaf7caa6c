"""A hub in containers: membership is applied from one container at the server in another, while it runs."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.broker.server_settings import read_settings, write_settings
from deploy.federation.broker import container_reload, reload
from deploy.federation.commands.cli import federation
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.local.processes import free_port
from shared import settings
from shared.federation.protocol import account
from tests.federation import links
from tests.federation.links import PASSWORDS, Place
from tests.servers import wait_for


async def command(*arguments: str, said: str = "") -> Result:
    """`steward federation` with these arguments and what is piped into it."""
    return await asyncio.to_thread(CliRunner().invoke, federation, arguments, input=said)


@pytest.fixture
async def linked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Place, list[Place]]]:
    """A hub with two regions; the hub's secrets and its broker's configuration are where containers have them."""
    async with links.federation(tmp_path, "north", "south") as (hub, regions):
        secrets = tmp_path / "secrets"
        secrets.mkdir()
        for user, password in PASSWORDS.items():
            (secrets / f"{user}_nats_password").write_text(password)
        monkeypatch.setattr(settings, "SECRETS", secrets)
        monkeypatch.setenv("STEWARD_NATS_URL", hub.server.url)
        monkeypatch.setenv("STEWARD_INSTANCE", "hub")
        _as_in_containers(hub, monkeypatch)
        yield hub, regions


def _as_in_containers(hub: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `write_broker` writes there keeps the addresses and the store that this server started with."""
    path = hub.folder / "nats" / "nats.conf"
    started = read_settings(path)
    write = container_reload.write_broker

    def written(target: Path, instance: str, federation: Path) -> None:
        write(target, instance, federation)
        found = read_settings(target)
        kept = {name: started[name] for name in started if name not in ("accounts", "system_account")}
        write_settings(target, {**kept, **{name: found[name] for name in ("accounts", "system_account")}})

    monkeypatch.setattr(container_reload, "BROKER", path)
    monkeypatch.setattr(container_reload, "write_broker", written)


async def test_one_region_is_suspended_and_resumed_and_no_other_notices(linked: tuple[Place, list[Place]]):
    hub, (north, south) = linked
    place = ("--folder", str(hub.federation.path))
    assert "the link of" in (await command("suspend", "north", *place)).stdout
    accounts = read_settings(container_reload.BROKER)["accounts"]
    assert accounts[account("north")]["users"] == []
    (user,) = accounts[account("south")]["users"]
    assert user["nkey"] == south.federation.keys().public
    await (await south.client()).publish("steward.south.up.planning.tried.v1", b"of the south")
    await wait_for(hub.reached("NATIONAL_south", 1))
    await wait_for(north.logged("Authorization Violation"))
    assert "Authorization Violation" not in south.server.log.read_text()
    assert "the link of" not in (await command("resume", "north", *place)).stdout
    await wait_for(lambda: _links(north) == 2, 30)  # it tries every 5 s


def _links(place: Place) -> int:
    return place.server.log.read_text().count("JetStream using domains")


async def test_a_region_is_admitted_through_pipes_and_gets_its_stream(
    linked: tuple[Place, list[Place]], tmp_path: Path
):
    hub, _ = linked
    east = ("--folder", str(tmp_path / "east" / "federation"))
    asked = await command("join", "--name", "east", "--request", "-", *east)
    admitted = await command("add", "-", "--folder", str(hub.federation.path), said=asked.stdout)
    assert json.loads(asked.stdout)["nkey"] in admitted.stderr
    assert await hub.count("NATIONAL_east") == 0
    joined = await command("join", "--welcome", "-", *east, said=admitted.stdout)
    for told in (admitted.stderr, joined.stdout):  # read out from the one, compared at the other
        assert hub.federation.keys().public in told
    assert Region(Folder(tmp_path / "east" / "federation")).hub() == "hub"


async def test_what_the_server_refuses_is_said_in_its_words(
    linked: tuple[Place, list[Place]], monkeypatch: pytest.MonkeyPatch
):
    hub, _ = linked
    monkeypatch.setattr(
        container_reload, "write_broker", lambda path, *_: path.write_text("accounts: nonsense {")
    )
    with pytest.raises(FederationError, match="NATS refused its new configuration: Parse error"):
        await reload.reload(hub.federation)


async def test_a_hub_whose_server_is_down_is_not_taken_for_changed(
    linked: tuple[Place, list[Place]], monkeypatch: pytest.MonkeyPatch
):
    hub, _ = linked
    monkeypatch.setenv("STEWARD_NATS_URL", f"nats://127.0.0.1:{free_port()}")
    said = (await command("suspend", "north", "--folder", str(hub.federation.path))).stdout
    assert "docker compose up --detach --wait" in said
    assert [member.region for member in Hub(hub.federation).members(active=True)] == ["south"]


@pytest.mark.parametrize("sent", ["", "{", "[]"])
async def test_what_is_piped_in_and_is_no_document_is_refused(tmp_path: Path, sent: str):
    Hub(Folder(tmp_path)).init("hub", ["127.0.0.1"], 7422)
    refused = await command("add", "-", "--folder", str(tmp_path), said=sent)
    assert isinstance(refused.exception, FederationError)
    assert "What came in is not" in str(refused.exception)
