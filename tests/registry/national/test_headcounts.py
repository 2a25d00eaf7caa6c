"""Headcounts of a region go up without a person in them; after a restoration they go up once more."""

import json

import pytest

from services.registry.national.commands import headcounts
from shared.federation import epochs
from shared.messaging import outbox
from tests.registry.builders import made
from tests.registry.region import Region
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("family_name", "given_name", "person_id", "post_id")


async def test_headcounts_are_sums_of_what_is_so(region: Region) -> None:
    async with region.between_rounds():
        await region.hire("E1A", 9)
        await region.hire("SL-N", 6, "male")
    await wait_for(region.told("SL", 15, 9))
    newest = await region.newest()
    shown = {code: (item["people"], item["women"]) for code, item in newest.items() if not item["suppressed"]}
    assert shown == await region.recounted()
    assert {item["level"] for item in newest.values()} == {"I"}


async def test_a_small_unit_is_not_named_and_its_people_count_above_it(region: Region) -> None:
    """Three are hired at E1B, which then reads as a unit in which nobody is."""
    before = (await region.newest())["SL"]["version"]
    await region.hire("E1B", 3)
    async with region.between_rounds():
        await region.hire("SL-E-1", 5)
    await wait_for(region.told("SL", 23, 17))
    newest = await region.newest()
    assert newest["SL"]["version"] == before + 1
    assert "E1B" not in newest
    assert not [item for item in newest.values() if item["suppressed"] or item["people"] is None]


async def test_a_portion_that_is_withheld_since_is_counted_and_nothing_else(region: Region) -> None:
    statement = "select count(*) from total_cell where told is not null and figures[1] is null"
    async with region.app.state.database.transaction() as connection:
        withheld = await connection.fetchval(statement)
    said = (await region.client.get("/metrics")).body.decode()
    assert f'steward_cells_suppressed{{service="registry"}} {float(withheld)}' in said


async def test_people_who_end_and_units_that_move_are_followed(region: Region) -> None:
    await made(region.client, "/v1/units", {
        "unit_code": "E2", "name": "E2", "type": "District", "level": "district", "parent": "SL-N",
        "open_from": "2020-01-01",
    })  # fmt: skip
    unit = await region.client.get("/v1/units/E1A")
    move = {"parent": "E2", "on": "2026-01-01"}
    answer = await region.client.post("/v1/units/E1A/move", json=move, if_match=unit.headers["ETag"])
    assert answer.status == 200, answer.json
    await wait_for(region.told("SL-N", 15, 9))


async def test_nothing_that_goes_up_knows_a_person(region: Region) -> None:
    sent = json.dumps(await region.sent() + await region.sent("units-changed"))
    assert region.people
    assert not [person for person in region.people if person in sent]
    assert not [name for name in NAMES if name in sent]
    assert "Kamara" not in sent


async def test_a_new_epoch_sends_units_and_headcounts_with_their_versions(region: Region) -> None:
    before, told, units = (
        await region.newest(),
        len(await region.sent()),
        len(await region.sent("units-changed")),
    )
    later = region.settings.model_copy(update={"epoch": 2})
    outbox.speak_as(INSTANCE, 2)
    try:
        for _ in range(2):  # a second replica, or a restart
            await epochs.step(later, headcounts.resend)(region.app.state.database)
    finally:
        outbox.speak_as(INSTANCE)
    again = (await region.sent())[told:]
    assert [event["epoch"] for event in again] == [2]
    assert {item["unit_code"]: item for item in again[0]["data"]["items"]} == before
    (tree,) = (await region.sent("units-changed"))[units:]
    assert {item["unit_code"] for item in tree["data"]["items"]} == {
        "SL",
        "SL-E",
        "SL-N",
        "SL-E-1",
        "E1A",
        "E1B",
        "E2",
    }


async def test_a_region_knows_no_nation(region: Region) -> None:
    answer = await region.client.get("/v1/national/headcounts", params={"level": "B"})
    assert (answer.status, answer.code) == (404, "not-a-hub")
