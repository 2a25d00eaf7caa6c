"""Assessment in a region: frameworks come down and are used, own role profiles win and go up."""

import json
from typing import Any

import pytest
from prometheus_client import REGISTRY

from services.assessment.frameworks.commands import delivered_content, frameworks
from services.assessment.republish import resend
from shared.events.framework import COMPETENCIES
from shared.federation import epochs
from shared.messaging import outbox
from tests.assessment.rated import opened
from tests.assessment.region import CODE, Region, framework, profile, published, region
from tests.served import application, serving
from tests.servers import INSTANCE, wait_for

__all__ = ["region"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
PROFILE = "/v1/role-profiles/ward-manager"
OWN = {
    "level": "B", "setting": "facility", "name": {"en": "Ward manager"},
    "profile": {code: {"target": 3.5, "weight": 5 if code == "QM" else 1} for code in COMPETENCIES},
}  # fmt: skip


async def test_what_was_published_while_it_was_away_is_there_in_order(region: Region) -> None:
    await region.has(3)
    assert await region.versions() == {1: "published", 2: "published", 3: "published"}
    for level in ("B", "I", "A"):
        found = (await region.root.get(f"/v1/instruments/{level}", params={"lang": "fr"})).json
        assert (found["framework_version"], len(found["items"])) == (3, 33)
    asked = (await region.root.get("/v1/instruments/B", params={"lang": "fr"})).json["items"]
    assert asked[0]["text"] == "VS-B-1, version 3"
    shown = (await region.root.get(f"/v1/frameworks/{CODE}/versions/3")).json
    assert shown["content"] == framework(3) | {"disabled": []}
    assert (await region.root.get(PROFILE)).json["profile"]["QM"] == {"target": 4.5, "weight": 3}


async def test_a_version_that_came_down_is_immutable_and_can_be_rated_with(region: Region) -> None:
    address = f"/v1/frameworks/{CODE}/versions/3"
    assert (await region.root.put(address, json=framework(3))).code == "framework-published"

    cycle = await opened(region.root, framework_version=3, role_codes=["ward-manager"])
    listed = (await region.root.get(f"/v1/assessments?cycle={cycle['cycle_id']}&limit=200")).json["items"]
    assert len(listed) == 12
    async with region.app.state.database.transaction() as connection:
        rows = await connection.fetch("select targets, weights from assessment")
    assert {(tuple(row["targets"]), tuple(row["weights"])) for row in rows} == {((450,) * 11, (3,) * 11)}


async def test_the_same_again_changes_nothing_and_other_content_is_refused(region: Region) -> None:
    before = await region.root.get(f"/v1/frameworks/{CODE}/versions/3")
    refused = _refused()
    await region.hub.publish("hub", published(framework(3), profile(target=100)))
    other = framework(3, name={"en": "Another"})
    await region.hub.publish("hub", published(other, profile(target=100)))
    await region.hub.publish("hub", published(framework(4), profile()))
    await region.has(4)
    assert _refused() == refused + 1
    after = await region.root.get(f"/v1/frameworks/{CODE}/versions/3")
    assert (after.body, after.headers["ETag"]) == (before.body, before.headers["ETag"])
    assert (await region.root.get(PROFILE)).json["profile"]["QM"]["target"] == 4.5


async def test_what_it_cannot_read_waits_as_dead_letter_and_stops_nothing(region: Region) -> None:
    later = framework(5)
    later["competencies"].append({"code": "AI", "name": {"en": "Artificial intelligence"}})
    await region.hub.publish("hub", published(later))
    await region.hub.publish(
        "hub", published(framework(6), profile(target=200), profile("matron", 350, 2), form=2)
    )
    await region.hub.publish("hub", published(overlay("ahead", core=5), codes=_codes()))
    await region.hub.publish("hub", published(overlay("differs"), codes=_codes()[1:]))
    await region.hub.publish("hub", published(framework(7), profile(weight=4)))
    await region.has(7)
    assert await region.buried(4) == ["UnreadableFramework"] * 4
    assert {5, 6}.isdisjoint(await region.versions())
    assert not await region.versions("ahead")
    assert not await region.versions("differs")


async def test_an_overlay_comes_down_over_the_core_it_names(region: Region) -> None:
    await region.hub.publish("hub", published(overlay("outbreak", weights={"CO": 9}), codes=_codes()))
    await region.has(1, "outbreak")
    asked = (await region.root.get("/v1/instruments/B", params={"framework": "outbreak"})).json
    assert asked["items"][0]["text"] == "VS-B-1 of version 3"
    shown = (await region.root.get("/v1/frameworks/outbreak/versions/1")).json
    assert (shown["core_code"], shown["core_version"]) == (CODE, 3)
    assert shown["content"]["weights"] == {"CO": 9}


async def test_after_the_upgrade_it_is_replayed_and_its_older_profiles_are_not_taken(
    region: Region, settings, token, monkeypatch
) -> None:
    monkeypatch.setattr(frameworks, "FORMAT", 2)
    front = settings("gateway", services={"assessment": region.root.url})
    async with serving(application(front)) as gateway:
        ops = gateway.using(token("ops"))

        async def buried() -> list[dict[str, Any]] | None:
            listed = await ops.get(
                "/v1/dead-letters"
            )  # a gateway that just started may not reach the broker yet
            return listed.json["items"] if listed.status == 200 else None

        letters = await wait_for(buried)
        assert {letter["reason"] for letter in letters} == {"UnreadableFramework"}
        answers = [await ops.post(f"/v1/dead-letters/{letter['seq']}/replay") for letter in letters]
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    assert (await region.versions())[6] == "published"
    assert (await region.root.get("/v1/instruments/B")).json["framework_version"] == 7
    assert (await region.root.get(PROFILE)).json["profile"]["QM"] == {"target": 4.5, "weight": 4}
    assert (await region.root.get("/v1/role-profiles/matron")).json["profile"]["QM"]["target"] == 3.5


async def test_a_draft_under_the_hubs_number_gets_the_next_free_one(region: Region) -> None:
    mine = framework(8, name={"en": "Mine"})
    assert (await region.root.put(f"/v1/frameworks/{CODE}/versions/8", json=mine)).status == 201
    await region.hub.publish("hub", published(framework(8), profile(weight=4)))
    await region.has(8)
    assert (await region.versions())[9] == "draft"
    moved = (await region.root.get(f"/v1/frameworks/{CODE}/versions/9")).json["content"]
    assert moved["name"] == {"en": "Mine"}


async def test_its_software_delivers_again_without_undoing_the_hubs_profiles(region: Region) -> None:
    before = await region.root.get(PROFILE)
    await delivered_content.load(region.app.state.database)
    assert (await region.root.get(PROFILE)).body == before.body


async def test_an_own_profile_wins_survives_the_next_version_and_goes_up(region: Region) -> None:
    before = await region.root.get(PROFILE)
    assert await region.outbox("overlay-published") == []
    put = await region.root.put(PROFILE, json=OWN, if_match=before.headers["ETag"])
    assert (put.status, put.json["overridden"]) == (200, True)
    await region.hub.publish("hub", published(framework(10), profile(target=500)))
    await region.has(10)
    kept = (await region.root.get(PROFILE)).json
    assert kept["profile"] == OWN["profile"]
    again = await region.root.put(PROFILE, json=OWN, if_match=put.headers["ETag"])
    items = [item for event in await region.outbox("overlay-published") for item in event["data"]["items"]]
    items.sort(key=lambda item: item["version"])
    assert [item["version"] for item in items] == [put.json["version"], again.json["version"]]
    assert [item["framework_version"] for item in items] == [8, 10]
    last = {name: items[1][name] for name in ("role_code", "framework_code", "targets", "weights")}
    assert last == {
        "role_code": "ward-manager", "framework_code": CODE, "targets": [350] * 11,
        "weights": [5 if code == "QM" else 1 for code in COMPETENCIES],
    }  # fmt: skip


async def test_a_new_epoch_sends_overlays_with_their_versions_and_nothing_down(region: Region) -> None:
    version = (await region.root.get(PROFILE)).json["version"]
    later = region.app.state.settings.model_copy(update={"epoch": 2})
    outbox.speak_as(INSTANCE, 2, below_hub=True)
    try:
        await epochs.step(later, resend(later))(region.app.state.database)
    finally:
        outbox.speak_as(INSTANCE, below_hub=True)
    (again,) = [event for event in await region.outbox("overlay-published") if event["epoch"] == 2]
    assert [(item["role_code"], item["version"]) for item in again["data"]["items"]] == [
        ("ward-manager", version)
    ]
    assert await region.outbox("framework-published") == []
    assert "person" not in json.dumps(await region.outbox("overlay-published"))


async def test_a_region_knows_no_nation(region: Region) -> None:
    assert (await region.root.get("/v1/national/overlays")).code == "not-a-hub"


def overlay(code: str, core: int = 3, **changes: object) -> dict[str, object]:
    """An adaptation of the hub's core."""
    named = {"framework": {"code": CODE, "version": core}, "name": {"en": code}}
    return {"code": code, "version": 1, **named, **changes}


def _codes() -> list[str]:
    return [item["code"] for item in framework(3)["items"]]


def _refused() -> float:
    return REGISTRY.get_sample_value("steward_publications_refused_total", {"service": "assessment"}) or 0.0
