"""After an upgrade by which a unit's state says more, every unit is published once more."""

import pytest

from tests.registry.region import Region
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def announced(region: Region) -> dict[str, list[tuple[int, str]]]:
    """Versions and names of each unit, in the order in which they were published."""
    found: dict[str, list[tuple[int, str]]] = {}
    for event in await region.sent("units-changed"):
        for item in event["data"]["items"]:
            found.setdefault(item["unit_code"], []).append((item["version"], item["name"]))
    return found


async def due_again(region: Region) -> None:
    """As the revision does it, and until the timer has published everything."""
    async with region.app.state.database.transaction() as connection:
        await connection.execute("insert into unit_agenda select unit_code from unit")

    async def none_due() -> bool:
        async with region.app.state.database.transaction() as connection:
            return not await connection.fetchval("select count(*) from unit_agenda")

    await wait_for(none_due)


async def test_units_are_published_with_their_names(region: Region) -> None:
    assert (await announced(region))["E1A"] == [(1, "Unit E1A")]
    unit_read = await region.client.get("/v1/units/E1A")
    await region.client.patch("/v1/units/E1A", json={"name": "Renamed"}, if_match=unit_read.headers["ETag"])
    assert (await announced(region))["E1A"][1:] == [(2, "Renamed")]


async def test_every_unit_is_published_once_more_with_a_later_version(region: Region) -> None:
    before = await announced(region)
    await due_again(region)
    after = await announced(region)
    assert after == {code: [*states, (states[-1][0] + 1, states[-1][1])] for code, states in before.items()}
    listed = (await region.client.get("/v1/units", params={"limit": "200"})).json["items"]
    assert {one["unit_code"]: one["version"] for one in listed} == {
        code: states[-1][0] for code, states in after.items()
    }


async def test_it_is_no_change_of_the_unit(region: Region) -> None:
    found = (await region.client.get("/v1/units/E1A/versions")).json["items"]
    assert [(one["version"], one["name"]) for one in found] == [(1, "Unit E1A"), (2, "Renamed")]
    renamed = (await region.client.get("/v1/units/E1A")).headers["ETag"]
    answer = await region.client.patch("/v1/units/E1A", json={"name": "Again"}, if_match=renamed)
    assert answer.status == 200
    assert (await announced(region))["E1A"][-1] == (4, "Again")


async def test_names_of_many_units_fit_into_events(region: Region) -> None:
    """In any script; a message of the broker has at most a megabyte."""
    long = "ሆስፒታል " * 250
    async with region.app.state.database.transaction() as connection:
        await connection.execute(
            """insert into unit (unit_code, version, name, level, type, parent, path, open_from, recorded_at,
                recorded_by) select 'L' || n, 1, $1, 'facility', 'x', 'SL-E', array['SL', 'SL-E', 'L' || n],
                '2020-01-01', now(), 'x' from generate_series(1, 600) n""",
            long,
        )
        before = await connection.fetchval("select count(*) from outbox")
    await due_again(region)
    async with region.app.state.database.transaction() as connection:
        sizes = await connection.fetch(
            "select length(payload) as size from outbox order by id offset $1", before
        )
    assert len(sizes) > 3
    assert max(row["size"] for row in sizes) < 1_000_000
    assert len(await announced(region)) > 600
