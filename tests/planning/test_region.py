"""Planning in a region: totals go up without a person, the hub's catalogue comes down, own entries win."""

import json
from functools import partial

import pytest

from services.planning.republish import resend
from shared.events.planning import CatalogueEntry, CataloguePublished, ExpectedGain
from shared.federation import epochs
from shared.messaging import outbox
from tests.federated import Regions
from tests.planning.builders import assessed, ident
from tests.planning.plans.test_plans import path, tag
from tests.planning.region import PEOPLE, Region, plans_of, region
from tests.servers import INSTANCE, wait_for

__all__ = ["region"]

pytestmark = pytest.mark.asyncio(loop_scope="module")
OWN = {
    "name": {"en": "Ward rounds"}, "description": {"en": "Weekly ward rounds with a mentor"},
    "approach": "workplace-learning", "delivery": "workplace", "levels": ["B"],
    "competencies": [{"code": "QM", "gain": 90}], "hours": 12, "days_away": 0, "cost": 0, "languages": ["en"],
}  # fmt: skip


async def test_totals_are_sums_of_what_is_so(region: Region) -> None:
    for who in PEOPLE:
        await region.publish(assessed(f"a-{who}", who))
    for who in ("s0", "s1"):
        await region.publish(assessed(f"a-{who}", who, unit_code="S"))
    await wait_for(region.has_plans_of_all)
    assert await region.totals() == {}  # before they are released
    await region.release()
    told = {unit: item["people"] for (unit, _), item in (await region.totals()).items()}
    assert told == {"N": 14, "N01": 14}  # and not S, with two people
    assert await region.right()


async def test_agreed_plans_and_what_is_done_follow(region: Region) -> None:
    plans = (await plans_of(region))[:9]
    for plan in plans:
        answer = await region.root.post(path(plan, "/agree"), if_match=tag(plan))
        assert answer.status == 200, answer.json
    await region.release()
    assert await region.right()
    told = await region.totals()
    assert next(item["told"]["agreed"] for (unit, _), item in sorted(told.items()) if unit == "N") == 9
    assert sum(item["told"]["activities_due"] or 0 for item in told.values()) > 0
    firsts = [path(plan, f"/activities/{plan['activities'][0]['activity_id']}") for plan in plans]
    await complete(region, firsts[0])
    await region.release()
    assert await region.totals() == told  # no hours of one beside the nine whose plans were agreed
    for first in firsts[1:]:
        await complete(region, first)
    await region.release()
    assert await region.right()
    items = [item for (unit, _), item in (await region.totals()).items() if unit == "N"]
    assert sum(item["told"]["hours"] or 0 for item in items) == 90


async def complete(region: Region, activity: str) -> None:
    assert (await region.root.post(f"{activity}/start")).status == 200
    assert (await region.root.post(f"{activity}/complete", json={"hours": 10})).status == 200


async def test_four_more_are_not_told(region: Region) -> None:
    told = await region.totals()
    for plan in (await plans_of(region))[:4]:
        closed = await region.root.post(
            path(plan, "/close"), json={"outcome": "completed"}, if_match=tag(plan)
        )
        assert closed.status == 200
    await region.release()
    assert await region.totals() == told


async def test_nothing_that_goes_up_knows_a_person(region: Region) -> None:
    sent = json.dumps(await region.outbox("totals-computed"))
    assert "N01" in sent
    assert not [who for who in PEOPLE if ident(who) in sent or ident(f"post-{who}") in sent]
    assert "person" not in sent
    assert "plan_id" not in sent


async def test_the_hubs_catalogue_is_taken_over_and_an_own_entry_wins(region: Region) -> None:
    assert await region.outbox("catalogue-published") == []  # a region publishes nothing down
    made = await region.root.put(f"/v1/interventions/{OWN_CODE}", json=OWN)
    assert (made.status, made.headers["ETag"]) == (200, '"1"'), made.json
    hub = Regions(region.broker)
    await hub.publish("hub", catalogue(7, "H-1", "H-2"))
    await hub.publish("hub", catalogue(9, "H-2", OWN_CODE))
    await hub.publish("hub", catalogue(8, "H-3"))
    await wait_for(partial(offers, region, "H-2", OWN_CODE))
    own = await region.root.get(f"/v1/interventions/{OWN_CODE}")
    assert (own.json["hours"], own.version) == (12, "1")
    assert (await region.root.get("/v1/interventions/H-1")).version == "7"
    assert (await region.root.get("/v1/interventions/H-2")).json["name"] == {
        "en": "H-2 in English",
        "fr": "H-2",
    }
    plan = await region.proposed("late", "p0", day="2026-11-20")
    assert OWN_CODE in {item["intervention_code"] for item in plan["activities"]}


async def test_an_own_entry_goes_up_and_can_be_withdrawn(region: Region) -> None:
    at = f"/v1/interventions/{OWN_CODE}"
    assert (await region.root.put(at, json=OWN)).status == 428
    assert (await region.root.put(at, json=OWN | {"offered": False}, if_match='"1"')).status == 200
    assert await offers(region, "H-2")
    items = [item for event in await region.outbox("entries-published") for item in event["data"]["items"]]
    items.sort(key=lambda item: item["version"])
    assert [(item["version"], item["offered"], item["entry"]["code"]) for item in items] == [
        (1, True, OWN_CODE), (2, False, OWN_CODE),
    ]  # fmt: skip


async def test_what_an_own_entry_may_be(region: Region) -> None:
    assert (await region.root.put("/v1/interventions/H-2", json=OWN)).code == "code-not-own"
    wrong = OWN | {"prerequisites": ["NO-1"]}
    assert (
        await region.root.put(f"/v1/interventions/{OWN_CODE}X", json=wrong)
    ).code == "prerequisite-unknown"
    assert (await region.manager.put(f"/v1/interventions/{OWN_CODE}X", json=OWN)).status == 200  # N is a root
    below = region.client.using(region.token("programme-manager", units=("N01",)))
    assert (await below.put(f"/v1/interventions/{OWN_CODE}Y", json=OWN)).code == "unit-out-of-scope"


async def test_a_new_epoch_sends_totals_and_entries_with_their_versions(region: Region) -> None:
    before = await region.totals()
    later = region.app.state.settings.model_copy(update={"epoch": 2})
    outbox.speak_as(INSTANCE, 2)
    try:
        await epochs.step(later, resend(later))(region.app.state.database)
    finally:
        outbox.speak_as(INSTANCE)
    again = [event for event in await region.outbox("totals-computed") if event["epoch"] == 2]
    items = [item for event in again for item in event["data"]["items"]]
    assert {(item["unit_code"], item["period"]): item for item in items} == before
    (entries,) = [event for event in await region.outbox("entries-published") if event["epoch"] == 2]
    told = {item["entry"]["code"]: item["version"] for item in entries["data"]["items"]}
    assert told == {OWN_CODE: 2, f"{OWN_CODE}X": 1}


async def test_a_region_knows_no_nation(region: Region) -> None:
    for what in ("plans?period=2026Q4", "interventions"):
        assert (await region.root.get(f"/v1/national/{what}")).code == "not-a-hub"


OWN_CODE = f"{INSTANCE.upper()}-01"


def catalogue(version: int, *codes: str) -> CataloguePublished:
    entries = [
        CatalogueEntry(
            code=code, title={"en": f"{code} in English", "fr": code}, description={"en": code},
            approach="action-learning", delivery="workplace", levels=["B", "I", "A"],
            competencies=[ExpectedGain(code="QM", gain=30)], hours=8, days_away=0, cost=0, languages=["en"],
        )
        for code in codes
    ]  # fmt: skip
    return CataloguePublished(
        catalogue_version=version, intervention_codes=list(codes), interventions=entries
    )


async def offers(region: Region, *codes: str) -> bool:
    listed = (await region.root.get("/v1/interventions", params={"limit": 200})).json["items"]
    return [item["code"] for item in listed] == sorted(codes)
