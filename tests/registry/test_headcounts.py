"""Headcounts of a region go up without a person in them; after a restoration they go up once more."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from services.registry.commands import headcounts
from shared import epochs, outbox
from shared.settings import Settings
from tests.registry.builders import hired, made, plant
from tests.served import Client, application
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("family_name", "given_name", "person_id", "post_id")


class Region:
    """A served registry of a region, and what it put into its outbox."""

    def __init__(self, client: Client, app, configured: Settings) -> None:
        self.client, self.app, self.settings = client, app, configured
        self.people: list[str] = []

    @asynccontextmanager
    async def between_rounds(self) -> AsyncIterator[None]:
        """What changes inside is in one edition: the lock of the timer is held meanwhile."""
        async with self.app.state.database.transaction() as connection:
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('registry-headcounts', 7))"
            )
            yield

    async def hire(self, unit: str, count: int, sex: str = "female") -> None:
        self.people += [(await hired(self.client, unit, {"sex": sex}))[0] for _ in range(count)]

    async def sent(self, fact: str = "headcounts-computed") -> list[dict]:
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch(
                "select payload from outbox where subject like $1 order by id", f"%.up.registry.{fact}.v1"
            )
        return [json.loads(row["payload"]) for row in rows]

    async def newest(self) -> dict[str, dict]:
        """The last word on each unit; all are of one level."""
        items = [item for event in await self.sent() for item in event["data"]["items"]]
        return {item["unit_code"]: item for item in items}

    async def recounted(self) -> dict[str, tuple[int, int]]:
        """People and women of each unit, straight from the tables."""
        statement = """
            select place.code, count(*), count(*) filter (where p.sex = 'female') from person p
            join post using (person_id) join unit u using (unit_code) cross join unnest(u.path) as place(code)
            where post.valid_to is null group by 1"""
        async with self.app.state.database.transaction() as connection:
            return {row[0]: (row[1], row[2]) for row in await connection.fetch(statement)}

    def told(self, unit: str, people: int | None, women: int | None = None):
        async def found() -> bool:
            item = (await self.newest()).get(unit)
            return item is not None and (item["people"], item["women"]) == (people, women)

        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def region(settings, serve, token) -> AsyncIterator[Region]:
    configured = settings("registry", federation="region")
    app = application(configured)
    client = (await serve(app)).using(token("hris", units=("SL",)))
    await plant(client)
    yield Region(client, app, configured)


async def test_headcounts_are_sums_of_what_is_so(region: Region) -> None:
    async with region.between_rounds():
        await region.hire("E1A", 9)
        await region.hire("SL-N", 6, "male")
    await wait_for(region.told("SL", 15, 9))
    newest = await region.newest()
    shown = {code: (item["people"], item["women"]) for code, item in newest.items() if not item["suppressed"]}
    assert shown == await region.recounted()
    assert {item["level"] for item in newest.values()} == {"I"}


async def test_a_small_unit_is_suppressed_and_its_people_count_above_it(region: Region) -> None:
    before = (await region.newest())["SL"]["version"]
    await region.hire("E1B", 3)
    await wait_for(region.told("E1B", None))
    assert (await region.newest())["SL"]["people"] == 15
    async with region.between_rounds():
        await region.hire("SL-E-1", 5)
    await wait_for(region.told("SL", 23, 17))
    assert (await region.newest())["SL"]["version"] == before + 1
    assert (await region.newest())["E1B"] | {"version": 0} == {
        "unit_code": "E1B", "level": "I", "version": 0, "people": None, "women": None, "as_of": None,
        "suppressed": True,
    }  # fmt: skip
    hidden = sum(item["suppressed"] for item in (await region.newest()).values())
    said = (await region.client.get("/metrics")).body.decode()
    assert f'steward_cells_suppressed{{service="registry"}} {float(hidden)}' in said


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
