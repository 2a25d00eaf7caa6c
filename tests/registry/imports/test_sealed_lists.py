"""`steward import` of a list that was sealed for this region: opened by its key, loaded as any other."""

import asyncio
import gzip
import json

import orjson
import pytest
from typer.testing import CliRunner

from deploy import cli
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki.keys import recipient
from deploy.federation.store.membership_store import Folder
from deploy.list_files.sealed_list import Head, seal
from tests.registry.builders import person


@pytest.fixture
def north(tmp_path) -> Folder:
    """The folder of a region that has joined."""
    hub, region = Hub(Folder(tmp_path / "hub")), Region(Folder(tmp_path / "north"))
    hub.init("hub", ["127.0.0.1"], 7422)
    region.join(hub.add(region.request("north")))
    return region.folder


def sealed(folder: Folder, lines: bytes, **changed: str) -> bytes:
    stated = {"format": "steward-list-1", "region": "north", "kind": "people", "split_id": "one"} | changed
    return seal(Head(lines=2, **stated), gzip.compress(lines), recipient(folder.keys().public_box))


async def imported(registry, north, file, *more):
    asked = ["import", str(file), "--into", registry.url, "--folder", str(north.path), *more]
    return await asyncio.to_thread(CliRunner().invoke, cli.app, asked)


async def test_a_sealed_list_is_loaded_and_counts_and_codes_go_back(registry, north, tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_TOKEN", registry.token)
    file, back = tmp_path / "north-people.age", tmp_path / "back.json"
    line = orjson.dumps(person(external_id="hr-sealed", family_name="Sealedname"))
    file.write_bytes(sealed(north, line + b"\n" + line + b"\n{\n"))
    result = await imported(registry, north, file, "--counts", str(back))
    assert result.exit_code == 1, result.output
    assert json.loads(back.read_text()) == {
        "region": "north", "split_id": "one", "kind": "people", "received": 3, "created": 1, "updated": 0,
        "unchanged": 0, "held": 0, "rejected_count": 2, "absent_count": 0, "deactivated": 0,
        "codes": {"external-id-repeated": 1, "json-invalid": 1}, "codes_unlisted": 0,
    }  # fmt: skip
    found = (await registry.get("/v1/people", params={"external_id": "hr-sealed"})).json["items"]
    assert [one["family_name"] for one in found] == ["Sealedname"]
    again = await imported(registry, north, file, "--counts", str(back))
    assert (again.exit_code, json.loads(back.read_text())["unchanged"]) == (1, 1)


@pytest.mark.parametrize("wrong", ["other-key", "other-region", "changed", "other-kind"])
async def test_a_list_that_is_not_ours_loads_nothing(registry, north, tmp_path, monkeypatch, wrong):
    monkeypatch.setenv("STEWARD_TOKEN", registry.token)
    file = tmp_path / "north-people.age"
    line = orjson.dumps(person(external_id=f"hr-{wrong}")) + b"\n"
    content = sealed(north, line, **({"region": "south"} if wrong == "other-region" else {}))
    if wrong == "changed":
        content = content[:-1] + bytes([content[-1] ^ 1])
    if wrong == "other-key":
        stranger = Region(Folder(tmp_path / "stranger"))
        stranger.request("south")
        content = sealed(stranger.folder, line)
    file.write_bytes(content)
    result = await imported(registry, north, file, *(("--kind", "posts") if wrong == "other-kind" else ()))
    assert result.exit_code != 0
    assert (await registry.get("/v1/people", params={"external_id": f"hr-{wrong}"})).json["items"] == []
