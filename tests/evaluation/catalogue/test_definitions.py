"""Definitions over HTTP: a hub publishes, its regions show what it said, and an instance alone keeps its own."""

from typing import Any
from uuid import UUID

import msgspec
import pytest

from services.evaluation import republish
from services.evaluation.catalogue.commands import item_of, publish
from services.evaluation.catalogue.queries import delivered
from shared.events.evaluation import IndicatorsPublished
from shared.federation import epochs
from shared.messaging import outbox
from tests.evaluation.catalogue.defining import BODY, NEW, Run
from tests.federated import AS_ADMIN
from tests.servers import INSTANCE

pytestmark = pytest.mark.asyncio(loop_scope="module")


def event(*contents: dict[str, Any], version: int = 1) -> IndicatorsPublished:
    return IndicatorsPublished(items=[item_of({"version": version, **content}) for content in contents])


def content(code: str, version: int, **changes: Any) -> dict[str, Any]:
    return {**BODY, "code": code, "version": version, **changes}


async def test_a_change_is_the_next_version_and_a_repeat_none(run: Run, empty: None) -> None:
    async with run("none") as alone:
        before = await alone.shown("OP-01")
        texts = BODY | {"name": {"en": "Coverage", "fr": "Couverture"}}
        assert (await alone.put("OP-01", texts)).code == "if-match-required"
        assert (await alone.put("OP-01", texts, '"7"')).code == "stale-etag"
        assert await alone.shown("OP-01") == before
        same = await alone.put("OP-01", BODY, '"1"')
        assert (same.status, same.headers["ETag"], same.json) == (200, '"1"', before)
        assert await alone.fetch("select from definition") == []
        made = await alone.put("OP-01", texts, '"1"', key="once")
        assert (made.status, made.headers["ETag"]) == (200, '"2"'), made.json
        assert made.json == {**before, "version": 2, "name": texts["name"]} == await alone.shown("OP-01")
        assert (await alone.put("OP-01", texts, '"1"', key="once")).headers["ETag"] == '"2"'
        again = await alone.put("OP-01", texts, '"2"')
        assert (again.status, again.headers["ETag"]) == (200, '"2"')
        assert (await alone.put("OP-01", texts, '"1"')).status == 412
        other = await alone.put("OP-01", texts | {"window_months": 12}, '"2"')
        assert (other.headers["ETag"], other.json["computed"]) == ('"3"', False)
        new = await alone.put("ZZ-01", NEW)
        assert (new.status, new.headers["ETag"], new.json["computed"]) == (200, '"1"', False)
        assert new.json == await alone.shown("ZZ-01")
        assert (await alone.put("ZZ-01", NEW)).status == 428
        listed = await alone.root.get("/v1/indicators", params={"limit": 200})
        assert "ZZ-01" in [item["code"] for item in listed.json["items"]]
        assert await alone.said() == []  # nobody to tell


async def test_what_a_hub_publishes_its_region_shows(run: Run, empty: None) -> None:
    texts = BODY | {"name": {"en": "Coverage", "fr": "Couverture"}}
    async with run("hub", **AS_ADMIN) as hub:
        assert len((await hub.said())[0]["data"]["items"]) == len(delivered())
        assert (await hub.put("OP-01", texts, '"1"')).headers["ETag"] == '"2"'
        assert (await hub.put("OP-01", texts, '"2"')).headers["ETag"] == '"2"'
        assert (await hub.put("OP-01", texts | {"owner": "ministry"}, '"2"')).headers["ETag"] == '"3"'
        assert (await hub.put("OP-04", texts | {"dhis2_code": "STW_OP_04"}, '"1"')).status == 200
        assert (await hub.put("ZZ-01", NEW)).headers["ETag"] == '"1"'
        said = await hub.said()  # first all of it, as a hub and as a new one
        published_now = [
            (one["data"]["items"][0]["code"], one["data"]["items"][0]["version"]) for one in said[2:]
        ]  # once as a hub, once as a new one
        assert published_now == [("OP-01", 2), ("OP-01", 3), ("OP-04", 2), ("ZZ-01", 1)]
        sums = [one["data"]["indicators_version"] for one in said]
        assert sums == [len(delivered()) + more for more in (0, 0, 1, 2, 3, 4)]
        for one in said:  # a hub hears itself, and goes by what it wrote last
            await hub.applied(UUID(one["id"]))
        codes = ("OP-01", "OP-04", "ZZ-01")
        shown = [await hub.shown(code) for code in codes]
        assert [(one["version"], one["computed"]) for one in shown] == [(3, True), (2, False), (1, False)]
        await hub.fetch("truncate definition")
    async with run("region") as region:
        for one in reversed(said):
            await region.hears(msgspec.convert(one["data"], IndicatorsPublished))
        assert [await region.shown(code) for code in codes] == shown
        refused = await region.put("OP-01", BODY, '"3"')
        assert (refused.status, refused.code) == (409, "definitions-of-hub")
        assert (await region.put("ZZ-02", NEW | {"dhis2_code": "STW_ZZ_02"})).code == "definitions-of-hub"
        assert [await region.shown(code) for code in codes] == shown


async def test_of_one_number_the_hubs_holds_and_a_higher_one_of_the_release(
    run: Run, empty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {"en": "Of the hub", "fr": "Du centre"}
    async with run("region") as region:
        await region.hears(event(content("OP-01", 1, name=mine)))
        assert (await region.shown("OP-01"))["name"] == mine
        await region.hears(event(content("OP-01", 2, name=mine)))
        release = {"version": 2, "name": {"en": "Of the release", "fr": "De la livraison"}}
        monkeypatch.setitem(delivered(), "OP-01", {**delivered()["OP-01"], **release})
        assert (await region.shown("OP-01"))["name"] == mine
        monkeypatch.setitem(delivered(), "OP-01", {**delivered()["OP-01"], **release, "version": 3})
        assert (await region.shown("OP-01"))["name"] == release["name"]
        await region.hears(event(content("OP-01", 3, name=mine)))
        assert (await region.shown("OP-01"))["name"] == mine


async def test_a_release_overtakes_its_hub_only_by_a_higher_number(run: Run, empty: None) -> None:
    async with run("hub", **AS_ADMIN) as hub:
        assert (await hub.put("OP-01", BODY | {"owner": "ministry"}, '"1"')).headers["ETag"] == '"2"'
        before = len(await hub.said())
        async with hub.app.state.database.session() as session:
            assert await publish(session, hub.app.state.settings, [content("OP-01", 2, owner="hris")]) == 0
        assert ((await hub.shown("OP-01"))["owner"], len(await hub.said())) == ("ministry", before)
        async with hub.app.state.database.session() as session:
            assert await publish(session, hub.app.state.settings, [content("OP-01", 3, owner="hris")]) == 1
        assert ((await hub.shown("OP-01"))["owner"], len(await hub.said())) == ("hris", before + 1)


async def test_a_restored_hub_says_all_again_and_its_lost_days_are_forgotten(run: Run, empty: None) -> None:
    lost = {"en": "Lost", "fr": "Perdu"}
    async with run("hub", **AS_ADMIN) as hub:
        assert (await hub.put("OP-01", BODY | {"owner": "ministry"}, '"1"')).status == 200
        known = len(await hub.said())
        restored = hub.app.state.settings.model_copy(update={"epoch": 2})
        outbox.speak_as(INSTANCE, 2)
        await epochs.step(restored, republish.resend(restored))(hub.app.state.database)
        (again,) = (await hub.said())[known:]
        assert again["epoch"] == 2
        await hub.fetch("truncate definition")
        await hub.fetch("update instance_epoch set epoch = 1")
    said = msgspec.convert(again["data"], IndicatorsPublished)
    async with run("none") as alone:
        assert (await alone.put("OWN-01", NEW | {"dhis2_code": "STW_OWN"})).status == 200
        assert (await alone.put("ZZ-01", NEW)).status == 200
    async with run("region") as region:
        await region.hears(event(content("OP-01", 9, name=lost), content("ZZ-01", 5, name=lost)))
        await region.hears(event(content("ZZ-02", 1, name=lost)))
        assert [(await region.shown(code))["name"] for code in ("OP-01", "ZZ-01", "ZZ-02")] == [lost] * 3
        await region.hears(said, epoch=2)
        await region.hears(event(content("ZZ-02", 2, name=lost)))  # still of the days that were lost
        assert ((await region.shown("OP-01"))["version"], (await region.shown("OP-01"))["owner"]) == (
            2,
            "ministry",
        )
        assert [await region.shown(code) for code in ("ZZ-01", "ZZ-02")] == [None, None]
        assert (await region.shown("OWN-01"))["version"] == 1  # from before it had a hub
        await region.hears(event(content("OWN-01", 1, name=lost)), epoch=2)
        assert (await region.shown("OWN-01"))["name"] == lost
