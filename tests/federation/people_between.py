"""A national list parted by region, and a leader who moves: by files, between running regions."""

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deploy import cli
from deploy.demo import timeline
from deploy.demo.registering import ROOT
from deploy.list_files import owning_regions
from tests.federation.instance import Instance
from tests.federation.instances import SECONDS, Instances
from tests.servers import wait_for

ROLE = "facility-manager"


async def steward(patch: pytest.MonkeyPatch, token: str, *asked: str) -> str:
    """What a command prints that must succeed."""
    patch.setenv("STEWARD_TOKEN", token)
    result = await asyncio.to_thread(CliRunner().invoke, cli.app, list(asked))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def place(region: Instance) -> str:
    """A unit that this region has alone: the demonstration gives others the same codes."""
    return f"ONLY-{region.name.upper()}"


def hris(instance: Instance, subject: str = "") -> str:
    return instance.stack.token("hris", (ROOT,), subject)


async def own_units(federation: Instances) -> None:
    """A facility in each region, which the hub knows as that region's, with the region's keys."""
    for region in federation.regions.values():
        unit = {"unit_code": place(region), "name": place(region), "type": "Clinic", "level": "facility"}
        assert region.api is not None
        await region.api.post("/v1/units", unit | {"parent": ROOT, "open_from": "2020-01-01"}, who="hris")
    url, token = federation.hub.stack.gateway_url, hris(federation.hub)

    async def known() -> bool:
        found = {one.region: one for one in await owning_regions.ask(url, token)}
        return all(
            name in found
            and found[name].sealing_key is not None
            and place(region) in [unit[0] for unit in found[name].units]
            for name, region in federation.regions.items()
        )

    await wait_for(known, SECONDS)


async def parted(federation: Instances, patch: pytest.MonkeyPatch, folder: Path) -> list[Path]:
    """Two people of a national list, each loaded in the region that owns their unit; the sealed files."""
    names = {name: f"National{name}" for name in federation.regions}
    people, posts = folder / "people.csv", folder / "posts.csv"
    people.write_text("Staff number,Surname\n" + "".join(f"hr-{n},{family}\n" for n, family in names.items()))
    rows = [f"np-{n},hr-{n},{place(region)},{ROLE},2024-01-01\n" for n, region in federation.regions.items()]
    posts.write_text("Post number,Staff number,Facility code,Role,Start date\n" + "".join(rows))
    at_hub = ("--hub", federation.hub.stack.gateway_url, "--into", str(folder / "parts"))
    token = hris(federation.hub)
    await steward(patch, token, "split", str(people), "--kind", "people", "--posts", str(posts), *at_hub)
    await steward(patch, token, "split", str(posts), "--kind", "posts", *at_hub)
    for name, region in federation.regions.items():
        for kind in ("people", "posts"):
            file = str(folder / "parts" / f"{name}-{kind}.age")
            where = ("--into", region.stack.gateway_url, "--folder", str(region.folder / "federation"))
            assert "created 1" in await steward(patch, hris(region), "import", file, *where)
        found = await region.rows(
            "registry", "select family_name from person where family_name ~ '^National'"
        )
        assert [row[0] for row in found] == [names[name]]
    return sorted((folder / "parts").iterdir())


async def moved(
    origin: Instance, target: Instance, hub: Instance, patch: pytest.MonkeyPatch, folder: Path
) -> tuple[Path, str]:
    """Somebody with a result and a plan goes from one region to another; the file, and who they are there."""
    assert origin.api is not None
    on = await timeline.today(origin.api) + timedelta(days=1)
    person = await _with_results_and_plans(origin)
    keys, file = folder / "regions", folder / "person.age"
    await steward(patch, hris(hub), "transfer", "regions", hub.stack.gateway_url, str(keys))
    sent = ["send", person, str(file), "--to", target.name, "--on", str(on), "--reason", "posting"]
    await steward(patch, hris(origin), "transfer", *sent, *_at(origin, keys))
    came = ["receive", str(file), "--unit", place(target), "--role", ROLE]
    for _ in range(2):
        printed = await steward(patch, hris(target), "transfer", *came, *_at(target, keys))
    transfer_id = printed.split()[1]
    accepted = await _accept(target, origin.name, transfer_id)
    assert await _accept(target, origin.name, transfer_id) == accepted
    await _is_in_one_region(origin, target, person, str(accepted["person_id"]), on)
    return file, str(accepted["person_id"])


def _at(instance: Instance, keys: Path) -> Sequence[str]:
    where = ("--url", instance.stack.gateway_url, "--folder", str(instance.folder / "federation"))
    return ("--regions", str(keys), *where)


async def _with_results_and_plans(region: Instance) -> str:
    """The newest result of somebody who has a plan, too, and works today."""
    results = await region.rows("assessment", "select distinct person_id::text from result")
    plans = await region.rows("planning", "select distinct person_id::text from plan")
    working = "select person_id::text from post where valid_from <= current_date and valid_to is null"
    there = await region.rows("registry", working)
    every = [{row[0] for row in rows} for rows in (results, plans, there)]
    return min(every[0] & every[1] & every[2])


async def _accept(region: Instance, origin: str, transfer_id: str) -> dict[str, Any]:
    assert region.api is not None
    path = f"/v1/arrivals/{origin}/{transfer_id}/accept"
    return dict(await region.api.post(path, {}, who="programme-manager"))


async def _is_in_one_region(origin: Instance, target: Instance, there: str, here: str, on: date) -> None:
    last = "select max(valid_to) from post where person_id = $1::uuid"
    ((left,),) = await origin.rows("registry", last, there)
    ((came,),) = await target.rows("registry", "select valid_from from post where person_id = $1::uuid", here)
    assert (left, came) == (on - timedelta(days=1), on)
    for service, table in (("assessment", "carried_result"), ("planning", "carried_plan")):
        brought = f"select count(*) from {table} where person_id = '{here}'"
        await wait_for(partial(target.count, service, brought), SECONDS)
    assert await target.count("assessment", f"select count(*) from counted where person_id = '{here}'") == 0
