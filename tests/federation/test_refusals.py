"""What cannot be done is said in one line, that names what is wrong and what to do, and leaves all as it was."""

import json
import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.federation.commands.status import ask, table
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import REQUEST, Region
from deploy.federation.store.files import document
from deploy.federation.store.membership_store import Folder
from deploy.federation.store.schemas import EPOCH, HUB, KEYS, REGION
from deploy.federation.transfer.bundle import Carried, Manifest, Peer, packed
from deploy.federation.transfer.sealing import MAGIC
from tests.federation.beside import as_a_stack, command, refusal
from tests.federation.links import Place

SUBJECT = "steward.north.up.evaluation.indicator-computed.v1"


@pytest.fixture
async def places(tmp_path: Path) -> tuple[Place, Place]:
    """A hub and its region; nothing runs."""
    hub, north = Place.at(tmp_path / "hub", "hub"), Place.at(tmp_path / "north", "north")
    members, region = Hub(hub.federation), Region(north.federation)
    members.init("hub", ["127.0.0.1"], 7422)
    region.join(members.add(region.request("north")))
    return hub, north


@pytest.fixture
async def before_restart(tmp_path: Path) -> AsyncIterator[Place]:
    """A region that joined while its server ran."""
    hub, north = Hub(Folder(tmp_path / "hub")), Place.at(tmp_path / "north", "north")
    hub.init("hub", ["127.0.0.1"], 7422)
    await north.start()
    as_a_stack(north)
    region = Region(north.federation)
    region.join(hub.add(region.request("north")))
    (tmp_path / "down.bin").write_bytes(from_hub(hub, region))
    try:
        yield north
    finally:
        await north.close()


def from_hub(hub: Hub, region: Region) -> bytes:
    keys, reader = hub.folder.keys(), region.folder.keys()
    peer = Peer(region.name(), reader.public, reader.public_box, "up")
    message = Carried("steward.hub.down.evaluation.target-set.v1", "id", b"target")
    return packed(Manifest("hub", peer.name, "DOWN", 1, 1, 1), [message], keys, peer)


def from_north(north: Place, hub: Place, messages: list[Carried], **changed: Any) -> bytes:
    keys = hub.federation.keys()
    reader = Peer("hub", keys.public, keys.public_box, "down")
    said = {"writer": "north", "reader": "hub", "stream": "UPLINK_north_1", "first": 1, "last": 1, **changed}
    manifest = Manifest(**said, count=len(messages))
    return packed(manifest, messages, north.federation.keys(), reader)


async def test_files_before_the_server_was_restarted(before_restart: Place, tmp_path: Path) -> None:
    assert "restart" in await refusal(before_restart, "export", str(tmp_path / "up.bin"))
    assert not (tmp_path / "up.bin").exists()
    assert "restart" in await refusal(before_restart, "import", str(tmp_path / "down.bin"))


async def test_a_file_where_nothing_runs(
    places: tuple[Place, Place], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hub, _ = places
    as_a_stack(hub)
    with caplog.at_level(logging.INFO):
        stack = json.loads((hub.folder / "stack.json").read_text())
        stack["settings"]["admin"]["nats_url"] = "nats://127.0.0.1:9"
        (hub.folder / "stack.json").write_text(json.dumps(stack))
        assert "NATS was not reached" in await refusal(hub, "export", str(tmp_path / "f"), "--to", "north")
    assert caplog.records == []


async def test_what_was_not_written_admits_nobody(places: tuple[Place, Place], tmp_path: Path) -> None:
    hub, _ = places
    request = tmp_path / "request.json"
    request.write_text(json.dumps(Region(Folder(tmp_path / "east")).request("east")))
    for target in (tmp_path / "nowhere" / "w.json", tmp_path):
        before = hub.federation.read(HUB)
        said = await refusal(hub, "add", str(request), "--welcome", str(target))
        assert "cannot be written" in said
        assert hub.federation.read(HUB) == before


async def test_a_folder_that_cannot_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", Path("/proc/federation")):
        with pytest.raises(FederationError, match="cannot be"):
            Hub(Folder(path)).init("hub", ["127.0.0.1"], 7422)


DAMAGE = ["", "{", "[]", "{}", "\xff", "[" * 100_000, '{"a":' * 100_000, '{"epoch": 0}', '{"epoch": "x"}']


@pytest.mark.parametrize("damage", DAMAGE, ids=range(len(DAMAGE)))
async def test_a_damaged_document_is_named(places: tuple[Place, Place], tmp_path: Path, damage: str) -> None:
    hub, north = places
    for place, name, arguments in (
        (hub, HUB, ("suspend", "north")),
        (hub, KEYS, ("add", str(north.federation.file(REQUEST)), "--welcome", str(tmp_path / "w.json"))),
        (north, EPOCH, ("restored",)),
        (north, REGION, ("restored",)),
        (north, KEYS, ("join", "--name", "north")),
        (north, REQUEST, ("join", "--welcome", str(tmp_path / "welcome.json"))),
    ):
        (tmp_path / "welcome.json").write_text("{}")
        path = place.federation.file(name)
        kept = path.read_bytes() if path.exists() else None
        path.write_text(damage, encoding="latin-1")
        assert f"{name} is damaged" in await refusal(place, *arguments)
        path.unlink() if kept is None else path.write_bytes(kept)


def test_what_is_nested_without_end_is_no_document(tmp_path: Path) -> None:
    (tmp_path / "sent.json").write_text('{"a":' * 100_000)
    with pytest.raises(FederationError, match="is not JSON"):
        document(tmp_path / "sent.json")


@pytest.mark.parametrize(
    "answer", [{}, [], {"role": "hub"}, {"role": "hub", "regions": [7]}, {"role": "region"}, 7]
)
async def test_another_server_is_no_gateway(answer: Any) -> None:
    app = web.Application()

    async def answers(_: web.Request) -> web.Response:
        return web.json_response(answer)

    app.router.add_get("/v1/federation", answers)
    async with TestServer(app) as server:
        with pytest.raises(FederationError, match="gateway"):
            table(await ask(str(server.make_url("/")), "token"))


async def test_a_reader_whose_box_is_none(places: tuple[Place, Place], tmp_path: Path) -> None:
    hub, _ = places
    kept = hub.federation.document(HUB)
    kept["regions"]["north"]["box"] = "zz"
    hub.federation.keep(HUB, kept)
    assert "The keys of north" in await refusal(hub, "export", str(tmp_path / "f"), "--to", "north")


async def test_a_suspended_regions_files_are_neither_taken_nor_written(
    places: tuple[Place, Place], tmp_path: Path
) -> None:
    hub, north = places
    file = tmp_path / "up.bin"
    file.write_bytes(from_north(north, hub, [Carried(SUBJECT, "id", b"figures")]))
    await command(hub, "suspend", "north")
    assert "north is suspended" in await refusal(hub, "import", str(file))
    assert "north is suspended" in await refusal(hub, "export", str(tmp_path / "f"), "--to", "north")


async def test_whose_a_file_is_is_said(places: tuple[Place, Place], tmp_path: Path) -> None:
    hub, north = places
    file = tmp_path / "up.bin"
    file.write_bytes(from_north(north, hub, [Carried(SUBJECT, "id", b"figures")]))
    assert "was written here, for hub: import it there" in await refusal(north, "import", str(file))
    await command(hub, "remove", "north")
    said = await refusal(hub, "import", str(file))
    assert "north is no member" in said
    assert "--to" not in said


async def test_nothing_foreign_moves_the_cursor(places: tuple[Place, Place], tmp_path: Path) -> None:
    hub, north = places
    file = tmp_path / "up.bin"
    file.write_bytes(from_north(north, hub, [], writer="\x1b[2Jnorth\u202e\n"))
    assert r"\x1b[2Jnorth\u202e\n" in await refusal(hub, "import", str(file))
    assert file.read_bytes().startswith(MAGIC)
    heartbeat: Any = {"software": "1\x1b[2J", "versions": {"steward-\ncore": "2\x07"}}
    region: dict[str, Any] = {
        "region": "north",
        "state": "ok",
        "last_seen": None,
        "lag_seconds": 1.0,
        "lag_events": 0,
        "unapplied_events": 0,
        "refused_events": 0,
        "beat": heartbeat,
    }
    lines = table({"role": "hub", "regions": [region]})
    assert len(lines) == 2
    assert all(line.isprintable() for line in lines)
    assert r"steward-\ncore 2\x07" in lines[1]
