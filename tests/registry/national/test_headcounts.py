"""Headcounts of a region go up without a person in them; after a restoration they go up once more."""

import json
from datetime import date
from uuid import UUID

import pytest

from services.registry.national.commands import headcount_releases, headcounts, released_headcounts
from services.registry.tables.states import person_states
from shared import clock as domain_clock
from shared.database.engine import raw
from shared.disclosure.document import read
from shared.federation import epochs
from shared.messaging import outbox
from shared.releases import due_dates
from shared.releases.due_dates import Due
from tests.conftest import Clock
from tests.registry.builders import made, post
from tests.registry.region import Region
from tests.servers import INSTANCE, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAMES = ("family_name", "given_name", "person_id", "post_id")


async def test_headcounts_are_sums_of_what_is_so(region: Region) -> None:
    await region.hire("E1A", 9)
    await region.hire("SL-N", 6, "male")
    assert await region.newest() == {}  # nothing is told between two dates
    await region.release()
    newest = await region.newest()
    assert {code: item["people"] for code, item in newest.items()} == {
        code: people for code, (people, _) in (await region.recounted()).items()
    }
    assert {code: item["women"] for code, item in newest.items() if item["women"] is not None} == {"SL": 9}
    assert {item["level"] for item in newest.values()} == {"I"}
    assert {item["version"] for item in newest.values()} == {1}


async def test_a_small_unit_is_not_named_and_its_people_count_above_it(region: Region) -> None:
    """Three are hired at E1B, which then reads as a unit in which nobody is."""
    await region.hire("E1B", 3)
    await region.release()
    assert (await region.newest())["SL"]["people"] == 15
    await region.hire("SL-E-1", 5)
    await region.release()
    newest = await region.newest()
    assert (newest["SL"]["version"], newest["SL"]["people"]) == (2, 23)
    assert newest["SL"]["women"] is None  # all eight who came are women
    assert "E1B" not in newest
    assert not [item for item in newest.values() if item["suppressed"] or item["people"] is None]


async def test_a_subset_that_is_withheld_since_is_counted_and_nothing_else(region: Region) -> None:
    statement = "select count(*) from published_headcount where women_as_of is not null and women is null"
    async with region.app.state.database.transaction() as connection:
        withheld = await connection.fetchval(statement)
    said = (await region.client.get("/metrics")).body.decode()
    assert withheld == 1
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
    await region.release()
    assert await region.told() == {
        "SL": (23, None), "SL-N": (15, 9), "E2": (9, None), "E1A": (9, None),
        "SL-E": (8, None), "SL-E-1": (8, None),
    }  # fmt: skip


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


async def test_headcounts_are_released_at_a_date(region: Region, clock: Clock) -> None:
    clock.forward(days=31)
    (period,) = headcount_releases.released_at(domain_clock.today())

    async def made_by_timer() -> bool:
        return bool(await released(region, period))

    await wait_for(made_by_timer)
    assert await released(region, period) == {
        "SL": (23, 23), "SL-N": (15, 15), "E2": (9, 9), "E1A": (9, 9), "SL-E": (8, 8), "SL-E-1": (8, 8)
    }  # fmt: skip
    assert await released(region, period, "women") == {"SL-N": (15, 9)}
    date_of_release = due_dates.dates().due(period, None, domain_clock.today())
    assert {item["as_of"] for item in (await region.newest()).values()} == {str(date_of_release)}


async def test_another_quarter_gives_no_single_person_away(region: Region) -> None:
    """One came to SL-N, which is not shown therefore, nor the country above it."""
    await region.hire("SL-N", 1)
    async with region.app.state.database.session() as session:
        await headcount_releases.release(session, Due("2031Q1", date(2031, 2, 1)))
    assert await released(region, "2031Q1") == {
        "E2": (9, 9), "E1A": (9, 9), "SL-E": (8, 8), "SL-E-1": (8, 8)
    }  # fmt: skip
    assert {code: (await region.told())[code] for code in ("SL", "SL-N")} == {
        "SL": (23, None),
        "SL-N": (15, 9),
    }


async def test_everybody_is_released_at_the_primary_post(region: Region) -> None:
    """As registry publishes people; of two substantive posts the one that is held longer counts."""
    person = region.people[0]
    for values in ({"acting": True}, {"valid_from": "2020-02-01"}, {"valid_from": "2026-02-01"}):
        await made(region.client, "/v1/posts", post(person, "SL-E", **values))
    await made(region.client, "/v1/posts", post(region.people[1], "SL-E", primary=True))
    today = domain_clock.today()
    people = [UUID(one) for one in region.people]
    async with region.app.state.database.session() as session:
        found, _ = await released_headcounts.read(session, today)
        states = await person_states(await raw(session), people, today)
    rows = zip(found.people, found.keys, found.amounts, strict=True)
    assert {(str(who), *key, int(amounts[1])) for who, key, amounts in rows} == {
        (state.person_id, held.unit_code, held.level, int(state.sex == "female"))
        for state in states
        for held in state.posts
        if held.primary and held.valid_from <= today <= (held.valid_to or today)
    }
    assert {key.unit for who, key in zip(found.people, found.keys, strict=True) if who in people[:2]} == {
        "SL-E"
    }


async def test_who_leads_nobody_is_in_no_headcount(region: Region) -> None:
    """Nor is one whose primary post leads nobody, whatever they do beside it; the unit has no cell by them."""
    nurse = {"level": None, "setting": "facility", "name": {"en": "Nurse"}}
    assert (await region.client.put("/v1/roles/nurse", json=nurse)).status == 201
    first, second = region.people[2:4]
    await made(region.client, "/v1/posts", post(first, "SL-N", role_code="nurse", primary=True))
    await made(region.client, "/v1/posts", post(second, "SL-N", role_code="nurse", acting=True))
    async with region.app.state.database.session() as session:
        found, _ = await released_headcounts.read(session, domain_clock.today())
    counted = {str(one) for one in found.people}
    assert (first in counted, second in counted) == (False, True)
    assert {key.level for key in found.keys} <= {"B", "I", "A"}


async def released(region: Region, period: str, measure: str = "people") -> dict[str, tuple[int, int]]:
    """People and total of each unit of which a quarter's first release shows the figure, at level I."""
    statement = "select document, digest from release where number = 1 and period = $1"
    async with region.app.state.database.transaction() as connection:
        rows = await connection.fetch(statement, period)
    return {
        cell.unit: (cell.people, cell.total)
        for row in rows
        for cell in read(row["document"].encode(), row["digest"]).cells
        if (cell.measure, cell.level) == (measure, "I") and cell.people is not None and cell.total is not None
    }
