"""The same figures as a file: sealed for its reader, signed by its writer, mixed freely with the link."""

import asyncio
import os
from collections.abc import AsyncIterator
from errno import ENOSPC
from functools import partial
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from deploy.broker.server_settings import ADMIN
from deploy.federation.commands.cli import federation as commands
from deploy.federation.federation_error import FederationError
from deploy.federation.transfer import bundle
from deploy.federation.transfer.bundle import Carried, Piece, deliver, read
from services.gateway.federation.bridge import Bridge
from services.gateway.federation.bridge_routes import up
from shared.federation import heartbeat
from tests.federation.links import PASSWORDS, Place, federation
from tests.federation.steward import STEWARD
from tests.servers import wait_for

OF_NORTH = "steward.north.up.>"
SUBJECT = "steward.north.up.evaluation.indicator-computed.v1"
MESSAGES = [Carried(SUBJECT, f"id-{n}", b"figures %d" % n) for n in range(50)]


@pytest.fixture(scope="module")
async def linked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path_factory.mktemp("carrier"), "north") as places:
        yield places


async def test_a_file_and_the_link_bring_each_event_once(linked: tuple[Place, list[Place]]) -> None:
    hub, (north,) = linked
    for message in MESSAGES:
        headers = {"Nats-Msg-Id": message.event_id}
        await north.admin.publish(message.subject, message.data, headers=headers)
    await wait_for(north.reached("UPLINK_north_1", 50), 10)
    carried = MESSAGES
    assert await read(north.link(), "UPLINK_north_1", OF_NORTH, after=0) == Piece(carried, 50)
    await wait_for(hub.reached("NATIONAL_north", 50), 60)
    more = Carried(SUBJECT, "id-carried", b"carried before the link came back")
    assert await deliver(hub.admin, [*carried, more]) == 1
    assert await deliver(hub.admin, [*carried, more]) == 0
    assert (await read(hub.link("north"), "NATIONAL_north", OF_NORTH, after=0)).messages == [*carried, more]


async def test_reading_goes_on_where_the_last_file_ended(linked: tuple[Place, list[Place]]) -> None:
    _, (north,) = linked
    await north.admin.publish(SUBJECT, b"one more", headers={"Nats-Msg-Id": "id-more"})
    await wait_for(north.reached("UPLINK_north_1", 51), 10)
    found = await read(north.link(), "UPLINK_north_1", OF_NORTH, after=50)
    assert ([message.event_id for message in found.messages], found.last) == (["id-more"], 51)
    assert (await read(north.link(), "UPLINK_north_1", OF_NORTH, after=51)) == Piece([], 51)
    assert (await read(north.link(), "UPLINK_north_1", "steward.south.>", after=0)) == Piece([], 51)


class Operators:
    """Those of a hub and of its region north, which meet over a slow line: nothing crosses by itself."""

    def __init__(self, folder: Path, hub: Place, north: Place) -> None:
        self.hub = hub
        self.north = north
        self.folder = folder

    async def command(self, place: Place, *arguments: str) -> Result:
        """`steward federation` at one of the two."""
        arguments = (*arguments, "--folder", str(place.federation.path))
        return await asyncio.to_thread(CliRunner().invoke, commands, arguments, env=administrator(place))

    async def export(self, name: str, *options: str) -> str:
        """Write a file at north; what the command says."""
        return (await self.command(self.north, "export", str(self.folder / name), *options)).stdout

    async def take(self, name: str) -> str:
        """Read it at the hub; what the command says."""
        return (await self.command(self.hub, "import", str(self.folder / name))).stdout

    async def publish(self, first: int, last: int, size: int = 1000) -> None:
        """Events of north by number."""
        for number in range(first, last + 1):
            headers = {"Nats-Msg-Id": f"event-{number}"}
            await self.north.admin.publish(SUBJECT, b"." * size, headers=headers)

    async def reached(self) -> tuple[str, int]:
        """An uplink, and how far what came of it reaches at the hub."""
        last = await self.hub.link("north").get_last_msg("NATIONAL_north", OF_NORTH)
        return heartbeat.reached(last.headers)

    async def events(self) -> list[str]:
        """Ids of all that came from north, in the order in which it came."""
        found = await read(self.hub.link("north"), "NATIONAL_north", OF_NORTH, after=0)
        return [message.event_id for message in found.messages]


def administrator(place: Place) -> dict[str, str]:
    """What the command finds its server by."""
    said = {"URL": place.server.url, "USER": ADMIN, "PASSWORD": PASSWORDS[ADMIN]}
    return {f"STEWARD_NATS_{name}": value for name, value in said.items()}


def named(first: int, last: int) -> list[str]:
    return [f"event-{number}" for number in range(first, last + 1)]


@pytest.fixture
async def operators(tmp_path: Path) -> AsyncIterator[Operators]:
    async with federation(tmp_path, "north", bridges=False) as (hub, (north,)):
        yield Operators(tmp_path, hub, north)


@pytest.mark.parametrize("again", [(), ("--again",)], ids=["new", "again"])
async def test_what_could_not_be_written_is_in_the_next_file(
    operators: Operators, again: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    await operators.publish(1, 3)
    stick = operators.folder / "stick"
    for place, what in (
        (stick / "up.bin", "No such file or directory"),
        (operators.folder / "up.bin", "is full"),
    ):
        with monkeypatch.context() as change:
            change.setattr("deploy.federation.store.files.os.fsync", _full)
            refused = await operators.command(operators.north, "export", str(place), *again)
        assert isinstance(refused.exception, FederationError)
        assert str(refused.exception) == f"{place} cannot be written: {what}."
        assert not list(operators.folder.glob("up.bin*"))
    assert "3 messages" in await operators.export("up.bin")
    assert "0 messages" in await operators.export("nothing-new.bin")


def _full(_: int) -> None:
    raise OSError(ENOSPC, "is full")


async def test_a_file_brings_what_a_metered_line_has_not(operators: Operators) -> None:
    await operators.publish(1, 30)
    broker = await operators.north.gateway(operators.north.settings())
    passed = await Bridge(broker, up("north", 1), 20_000).forward()
    assert 0 < passed < 30
    await wait_for(operators.hub.reached("NATIONAL_north", passed), 60)
    assert "30 messages" in await operators.export("up.bin")
    assert f"30 messages, {30 - passed} of them new" in await operators.take("up.bin")
    assert await operators.reached() == ("UPLINK_north_1", 30)
    assert await operators.events() == named(1, 30)
    await operators.publish(31, 33)
    assert "3 messages" in await operators.export("more.bin")
    assert "33 messages" in await operators.export("again.bin", "--again")
    assert "33 messages, 3 of them new" in await operators.take("again.bin")
    assert await operators.reached() == ("UPLINK_north_1", 33)
    assert await Bridge(broker, up("north", 1)).forward() == 33 - passed  # the line sends it all the same
    await operators.publish(34, 34)
    await Bridge(broker, up("north", 1)).forward()
    await wait_for(partial(_came, operators, "event-34"), 60)
    assert await operators.events() == named(1, 34)


async def _came(operators: Operators, event: str) -> bool:
    return event in await operators.events()


async def test_an_import_that_is_killed_is_done_again(operators: Operators) -> None:
    hub = operators.hub
    await operators.publish(1, 3_000)
    assert "3000 messages" in await operators.export("up.bin")
    folder = ("--folder", str(hub.federation.path))
    importing = await asyncio.create_subprocess_exec(
        *STEWARD, "import", str(operators.folder / "up.bin"), *folder, env=os.environ | administrator(hub)
    )
    await wait_for(hub.reached("NATIONAL_north", 1), 60)
    importing.kill()
    await importing.wait()
    arrived = await hub.count("NATIONAL_north")
    assert 0 < arrived < 3_000
    assert await operators.reached() == ("UPLINK_north_1", arrived)
    assert f"3000 messages, {3_000 - arrived} of them new" in await operators.take("up.bin")
    assert await operators.events() == named(1, 3_000)
    assert await operators.reached() == ("UPLINK_north_1", 3_000)


async def test_what_one_file_has_no_room_for_is_in_the_next(
    operators: Operators, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bundle, "ROOM", 10_000)
    await operators.publish(1, 25)
    said = [await operators.export(f"{number}.bin") for number in range(3)]
    assert [one.partition(" ")[0] for one in said] == ["10", "10", "5"]
    assert ["more waits" in one for one in said] == [True, True, False]
    for number in range(3):
        assert "not in any file" not in await operators.take(f"{number}.bin")
    assert await operators.hub.count("NATIONAL_north") == 25
    assert "more waits" in await operators.export("0.bin", "--again")
    assert (await operators.export("1.bin")).startswith("10 messages")


async def test_a_file_that_was_lost_on_the_way_is_noticed(operators: Operators) -> None:
    for number in range(3):
        await operators.publish(10 * number + 1, 10 * number + 10)
        await operators.export(f"{number}.bin")
    assert "not in any file" not in await operators.take("0.bin")
    assert "numbers 11 to 20 were not in any file" in await operators.take("2.bin")
    assert await operators.events() == [*named(1, 10), *named(21, 30)]
    for late in ("1.bin", "0.bin", "2.bin"):
        assert "not in any file" not in await operators.take(late)
    assert sorted(await operators.events()) == sorted(named(1, 30))
    operators.hub.federation.restored()  # from a backup, which may lack what the files brought
    await operators.publish(31, 31)
    await operators.export("after.bin")
    assert "numbers 1 to 30 were not in any file" in await operators.take("after.bin")


async def test_a_stream_that_was_made_anew_counts_anew(operators: Operators) -> None:
    await operators.publish(1, 10)
    await operators.export("before.bin")
    await operators.take("before.bin")
    await operators.north.admin.delete_stream("UP")
    await operators.north.provision()
    await operators.publish(11, 14)
    assert "4 messages" in await operators.export("after.bin")
    await operators.publish(15, 16)
    assert "2 messages" in await operators.export("last.bin")
    assert "numbers 1 to 4 were not in any file" in await operators.take("last.bin")
    assert "4 of them new" in await operators.take("after.bin")
