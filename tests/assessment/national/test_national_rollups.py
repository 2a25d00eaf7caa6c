"""A hub's scores: sums of what regions published, whatever came twice, late or from before a restoration."""

import random
from collections.abc import AsyncIterator
from datetime import date

import msgspec
import pytest_asyncio
import sqlalchemy as sa

from services.assessment import republish
from services.assessment.tables.rollups import published_rollup
from shared.database.engine import Database, raw
from shared.directory.projection import take_units
from shared.events import envelope
from shared.events.assessment import Rollup, RollupsPublished
from shared.events.registry import UnitsChanged, UnitState
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups import releasing
from tests.assessment.rollups.test_rollups import NOW, crowd, empty
from tests.assessment.world import TREE, unit
from tests.federated import AS_ADMIN, TRACE, Regions, regions_of_hub
from tests.served import Client, application
from tests.servers import wait_for

URL = f"/v1/national/rollups?period={NOW}&level=I"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "assessment") as found:
        for region in ("south", "east"):
            top = UnitState(
                unit_code=region.upper(), version=1, level="region", type="x", open_from=date(2000, 1, 1)
            )
            await found.publish(region, UnitsChanged(items=[top]))
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, database: Database, regions: Regions) -> Client:
    client = await serve(application(settings("assessment", federation="hub", **AS_ADMIN)))
    async with database.session() as session:
        await take_units(session, [unit(code, parent) for code, parent in TREE.items()])
    return client.using(token("programme-manager", units=("N",)))


def cell(region: str, version: int, people: int | None, mean: int = 0, below: int | None = None) -> Rollup:
    """Every competency alike; of the last nobody's score may be told."""

    def places(figure: int | None) -> list[int | None]:
        return [None if people is None else figure] * 10 + [None]

    return Rollup(
        unit_code=region.upper(), period=NOW, level="I", version=version, people=people,
        counts=places(people), sums=places((people or 0) * mean), below=places(below),
        suppressed=people is None,
    )  # fmt: skip


async def reached(hub: Client, people: int | None, regions: int = 2) -> dict:
    async def same() -> dict | None:
        found = (await hub.get(URL)).json
        total = found["national"]
        return (
            found
            if (total["people"], total["regions"], total["suppressed"]) == (people, regions, 0)
            else None
        )

    return await wait_for(same)


async def test_the_nation_is_the_sum_of_what_regions_published(hub: Client, regions: Regions) -> None:
    await regions.publish("south", RollupsPublished(items=[cell("south", 1, 30, 300, 10)]))
    await regions.publish("east", RollupsPublished(items=[cell("east", 4, 10, 200)]))
    found = await reached(hub, 40)
    assert found["national"]["figures"][0] == {
        "people": 40, "sum": 11_000, "mean": 275, "below_target": 10, "below_target_of": 30,
    }  # fmt: skip
    assert found["national"]["figures"][10] is None
    east = found["regions"][0]
    assert east["figures"][0]["below_target_of"] is None
    assert (east["region"], east["version"], east["epoch"], east["trace_id"]) == ("east", 4, 1, TRACE)


async def test_a_roll_up_over_other_competencies_is_a_dead_letter_and_changes_no_sum(
    hub: Client, regions: Regions, database: Database
) -> None:
    longer = msgspec.structs.replace(cell("south", 2, 50), counts=[50] * 12, sums=[0] * 12, below=[None] * 12)
    await regions.publish("south", RollupsPublished(items=[longer]))

    async def buried() -> bool:
        found = await rows(database, sa.text("select reason from poison where buried_at is not null"))
        return [one["reason"] for one in found] == ["Unreadable"]

    await wait_for(buried)
    await reached(hub, 40)


async def test_random_versions_in_any_order_leave_the_newest(hub: Client, regions: Regions) -> None:
    chance = random.Random(7)
    for turn in range(4):
        newest = {}
        sent = []
        for region in ("south", "east"):
            for version in range(1, 8):
                people = chance.choice([None, *range(5, 90)])
                sent += [(region, cell(region, version, people, chance.randrange(100, 500)))] * chance.choice(
                    [1, 2]
                )
                newest[region] = people
        chance.shuffle(sent)
        for region, item in sent:
            await regions.publish(region, RollupsPublished(items=[item]), epoch=turn + 2)
        told = [people for people in newest.values() if people is not None]
        await reached(hub, sum(told) if told else None, regions=len(told))


async def test_only_for_those_who_see_the_whole_tree(hub: Client, token) -> None:
    assert (await hub.using(token("programme-manager", units=("N1",))).get(URL)).status == 403
    assert (await hub.using(token("leader", units=("N",))).get(URL)).status == 403
    malformed = await hub.get("/v1/national/rollups?period=2026&level=I")
    assert malformed.status == 422


async def test_elsewhere_there_is_no_nation(service: Client) -> None:
    answer = await service.get(URL)
    assert (answer.status, answer.json["code"]) == (404, "not-a-hub")


async def sent(database: Database) -> dict[str, Rollup]:
    """The newest of each unit in the outbox, which is emptied."""
    async with database.session() as session:
        connection = await raw(session)
        found = await connection.fetch(
            "delete from outbox where subject like '%rollups-published%' returning *"
        )
    decoder = envelope.decoder(RollupsPublished)
    events = [decoder.decode(row["payload"]).data for row in found]
    items = sorted((item for event in events for item in event.items), key=lambda item: item.version)
    return {item.unit_code: item for item in items}


async def test_what_moves_is_told_and_all_of_it_again_after_a_restoration(
    database: Database, settings
) -> None:
    await empty(database)
    await sent(database)
    for prefix, code, size in (("a", "F1", 9), ("b", "F2", 6), ("c", "F1", 4), ("d", "F1", 5)):
        await crowd(database, prefix, code, size)
        await releasing.publish(database)
    told = await sent(database)
    shown = {row["unit_code"]: row for row in await rows(database, published_rollup.select())}
    assert {code: item.people for code, item in told.items()} == {
        code: row["people"] for code, row in shown.items()
    }
    assert told["F1"].people == 18
    assert (told["F1"].counts[0], told["F1"].counts[10]) == (18, None)
    async with database.session() as session:
        await republish.resend(settings("assessment", federation="hub"))(session)
    assert await sent(database) == told
