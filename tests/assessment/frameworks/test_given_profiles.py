"""Role profiles that a hub wrote itself: they come down to a region and hold where it has none of its own."""

import asyncio
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.assessment.frameworks.commands import given_profiles
from shared import clock
from shared.events.assessment import ProfilesPublished, RoleOverlay
from shared.events.framework import COMPETENCIES
from shared.messaging.subscriptions import Received
from tests.assessment.rated import answered, as_person, opened
from tests.assessment.region import CODE, Region, framework, profile, published, region
from tests.served import Answer
from tests.servers import wait_for

__all__ = ["region"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
WARD, MANAGER = "ward-manager", "facility-manager"
ABROAD = {
    "level": "B", "setting": "facility", "name": {"en": "Ward manager"},
    "profile": {code: {"target": 3.25, "weight": 6} for code in COMPETENCIES},
}  # fmt: skip
_WAITING = """
select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
"""


def written(
    role_code: str, version: int, target: int, weight: int = 7, *, over: int = 3, places: int = 11
) -> RoleOverlay:
    """A profile as its hub wrote it over a version of the core."""
    return RoleOverlay(
        role_code=role_code, version=version, level="I", setting="facility", title={"en": role_code},
        framework_code=CODE, framework_version=over, targets=[target] * places, weights=[weight] * places,
    )  # fmt: skip


async def down(region: Region, *items: RoleOverlay, epoch: int = 1, event_id: UUID | None = None) -> UUID:
    return await region.hub.publish(
        "hub", ProfilesPublished(items=list(items)), epoch=epoch, event_id=event_id
    )


async def shown(region: Region, role_code: str) -> Answer:
    return await region.root.get(f"/v1/role-profiles/{role_code}")


async def aims(region: Region, role_code: str, target: float, weight: int = 7) -> bool:
    """Whether all competencies of a role are measured so."""
    found = (await shown(region, role_code)).json.get("profile", {})
    return bool(found) and all(each == {"target": target, "weight": weight} for each in found.values())


async def unknown(region: Region, role_code: str) -> bool:
    return (await shown(region, role_code)).status == 404


async def all_is_read(region: Region, marker: str, epoch: int = 1) -> None:
    """Wait for what was published so far: profiles are read in their order."""
    await down(region, written(marker, 1, 400), epoch=epoch)
    await wait_for(partial(aims, region, marker, 4))


async def test_it_counts_in_the_cycles_that_open_from_then_on(region: Region, token: Any) -> None:
    await region.has(3)
    running = await opened(region.root, framework_version=3, role_codes=[MANAGER])
    before = await shown(region, MANAGER)
    assert before.json["profile"]["QM"]["target"] == 4
    await down(region, written(MANAGER, 4, 450), written(WARD, 2, 350))
    await wait_for(partial(aims, region, MANAGER, 4.5))
    assert await aims(region, WARD, 3.5)
    after = await shown(region, MANAGER)
    assert (after.json["overridden"], after.json["name"]) == (False, {"en": MANAGER})
    assert after.headers["ETag"] != before.headers["ETag"]

    new = await opened(region.root, framework_version=3, role_codes=[MANAGER])
    for cycle, about, gap in ((running, "a0", 100), (new, "a1", 150)):
        key = await answered(region.root, token, cycle, about)
        result = (await as_person(region.root, token, about).get(f"/v1/assessments/{key}/result")).json
        assert {(each["gap"], each["weight"] == 7) for each in result["priorities"]} == {(gap, gap == 150)}


async def test_repeats_and_old_news_change_nothing(region: Region) -> None:
    said = await down(region, written(MANAGER, 6, 475), written(MANAGER, 5, 100))
    await wait_for(partial(aims, region, MANAGER, 4.75))
    before = await shown(region, MANAGER)
    await down(region, written(MANAGER, 6, 475), written(MANAGER, 5, 100), event_id=said)
    await down(region, written(MANAGER, 6, 200))
    await down(region, written(MANAGER, 5, 300))
    await all_is_read(region, "matron")
    after = await shown(region, MANAGER)
    assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])


async def test_it_holds_over_what_comes_with_the_hubs_frameworks(region: Region) -> None:
    await region.hub.publish("hub", published(framework(4), profile(target=500), profile("clerk", 200)))
    await region.has(4)
    assert await aims(region, WARD, 3.5)
    assert await aims(region, "clerk", 2, 3)


async def test_one_over_a_framework_that_is_not_there_yet_holds_at_once(region: Region) -> None:
    await down(region, written("clerk", 1, 250, over=9))
    await wait_for(partial(aims, region, "clerk", 2.5))
    assert 9 not in await region.versions()
    await region.hub.publish("hub", published(framework(9), profile("clerk", 100)))
    await region.has(9)
    assert await aims(region, "clerk", 2.5)


async def test_one_of_a_later_software_waits_as_dead_letter_and_stops_nothing(region: Region) -> None:
    await down(region, written("porter", 1, 300), written("clerk", 9, 300, places=12))
    await all_is_read(region, "midwife")
    assert await region.buried(1) == ["Unreadable"]
    assert await aims(region, "clerk", 2.5)
    assert await unknown(region, "porter")


async def test_a_later_epoch_forgets_what_is_not_said_again(region: Region) -> None:
    await down(region, written(MANAGER, 1, 425), epoch=2)
    await wait_for(partial(aims, region, MANAGER, 4.25))
    assert await aims(region, WARD, 5, 3)  # of the last framework version
    assert await aims(region, "clerk", 1, 3)
    assert await unknown(region, "matron")  # nothing lies under it
    await down(region, written(MANAGER, 9, 100), written(WARD, 9, 100))  # of the epoch before
    await all_is_read(region, "orderly", epoch=2)
    assert await aims(region, MANAGER, 4.25)
    assert await aims(region, WARD, 5, 3)
    await down(region, epoch=3)  # a hub that has none
    await wait_for(partial(unknown, region, "orderly"))
    assert (await shown(region, MANAGER)).json["profile"]["QM"]["target"] == 4  # of the software


async def test_a_framework_that_is_read_meanwhile_does_not_show_its_profile_over_the_hubs(
    region: Region,
) -> None:
    database = region.app.state.database

    async def framework_read(target: int) -> None:
        async with database.session() as session:
            await given_profiles.take(session, [profile("nurse", target)], clock.now())

    async def waits() -> bool:
        async with database.transaction() as connection:
            return bool(await connection.fetchval(_WAITING))

    said = ProfilesPublished(items=[written("nurse", 1, 450)])
    event = Received(
        id=uuid4(), data=said, aggregate_id="x", version=1, instance="hub", time=clock.now(), epoch=3
    )
    await framework_read(200)
    async with asyncio.TaskGroup() as group:
        async with database.session() as session:
            await given_profiles.take_published(session, event)
            group.create_task(framework_read(250))
            await wait_for(waits)
    assert await aims(region, "nurse", 4.5)


async def test_a_regions_own_wins_and_stays(region: Region) -> None:
    await down(region, written(WARD, 3, 300), epoch=3)
    await wait_for(partial(aims, region, WARD, 3))
    held = await shown(region, WARD)
    stale = await region.root.put(f"/v1/role-profiles/{WARD}", json=ABROAD, if_match='"1"')
    assert stale.status == 412
    put = await region.root.put(f"/v1/role-profiles/{WARD}", json=ABROAD, if_match=held.headers["ETag"])
    assert (put.status, put.json["overridden"]) == (200, True)
    await down(region, written(WARD, 4, 475), epoch=3)
    await all_is_read(region, "cook", epoch=3)
    await down(region, written(WARD, 1, 450), written("baker", 1, 400), epoch=4)
    await wait_for(partial(aims, region, "baker", 4))
    kept = await shown(region, WARD)
    assert (kept.body, kept.version) == (put.body, put.version)
    (sent,) = await region.outbox("overlay-published")
    assert sent["data"]["items"][0]["targets"] == [325] * 11
    assert await region.outbox("profiles-published") == []  # a region publishes nothing down
