"""A newer version of the catalogue: what it drops is no longer offered, and still readable."""

import pytest

from services.planning.catalogue.commands import catalogue
from tests.planning.plans.test_plans import agreed, path, tag

pytestmark = pytest.mark.asyncio(loop_scope="module")


def entry(code, gain=30):
    return {
        "code": code,
        "name": {"en": code, "fr": code},
        "description": {"en": code, "fr": code},
        "approach": "action-learning",
        "delivery": "workplace",
        "levels": ["B", "I", "A"],
        "competencies": [{"code": "QM", "gain": gain}],
        "hours": 8,
        "days_away": 0,
        "cost": 0,
        "languages": ["en"],
        "prerequisites": [],
    }


async def publish(world, version, *entries):
    async with world.app.state.database.session() as session:
        return await catalogue.publish(session, {"version": version, "interventions": list(entries)})


async def test_a_newer_version_drops_and_adds(world):
    plan = await agreed(world, "k0", "p0")
    waiting = await world.proposed("k1", "p1")
    dropped = plan["activities"][0]["intervention_code"]
    assert await publish(world, 2, entry("NEW-1"), entry("NEW-2"))
    listed = (await world.manager.get("/v1/interventions", params={"limit": 200})).json["items"]
    assert [item["code"] for item in listed] == ["NEW-1", "NEW-2"]
    old = await world.manager.get(f"/v1/interventions/{dropped}")
    assert (old.status, old.json["code"], old.version) == (200, dropped, "1")
    assert (await world.manager.get("/v1/interventions/NEW-1")).version == "2"
    assert (await world.manager.get("/v1/interventions/NO")).code == "intervention-unknown"
    newer = await world.proposed("k2", "p2")
    assert {item["intervention_code"] for item in newer["activities"]} <= {"NEW-1", "NEW-2"}
    wish = {"intervention_code": dropped, "due_on": "2999-01-01"}
    refused = await world.manager.patch(path(waiting), json={"activities": [wish]}, if_match=tag(waiting))
    assert refused.code == "activities-invalid"
    kept = [{k: item[k] for k in ("activity_id", "due_on")} for item in waiting["activities"]]
    assert (
        await world.manager.patch(path(waiting), json={"activities": kept}, if_match=tag(waiting))
    ).status == 200
    first = path(plan, f"/activities/{plan['activities'][0]['activity_id']}/start")
    assert (await world.manager.post(first)).status == 200


async def test_an_older_or_equal_version_changes_nothing(world):
    assert not await publish(world, 2, entry("OTHER"))
    assert not await publish(world, 1, entry("OTHER"))
    assert (await world.manager.get("/v1/interventions/OTHER")).status == 404
    sent = [event["data"]["catalogue_version"] for event in await world.outbox("catalogue-published")]
    assert sent == [1, 2]


async def test_a_restored_hub_publishes_the_catalogue_of_its_release_again(world):
    async with world.app.state.database.session() as session:
        await catalogue.resend(session)
    told = [event["data"] for event in await world.outbox("catalogue-published")]
    version = catalogue.delivered()["version"]
    first, again = [content for content in told if content["catalogue_version"] == version]
    assert first == again
