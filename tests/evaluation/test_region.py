"""Evaluation in a region: the hub's definitions and targets come down, own targets hold first and go up."""

import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from services.evaluation import republish
from services.evaluation.catalogue.commands import item_of
from services.evaluation.catalogue.queries import delivered
from shared.events.evaluation import IndicatorsPublished, Target, TargetsPublished
from shared.federation import epochs
from shared.messaging import outbox
from tests.evaluation import builders as b
from tests.evaluation.world import TREE
from tests.federated import Regions
from tests.served import Client, application, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
PERIOD = "2026Q3"
FACILITIES = f"/v1/targets/OP-01/{PERIOD}/levels/facility"
F1 = f"/v1/targets/OP-01/{PERIOD}/units/F1"


class Region:
    """A served evaluation of a region, its hub, and what it put into its outbox."""

    def __init__(self, client: Client, app: Any, hub: Regions) -> None:
        self.root, self.app, self.hub = client, app, hub

    async def down(self, event: Any, epoch: int = 1) -> None:
        await self.hub.publish("hub", event, epoch=epoch)

    async def sent(self, fact: str) -> list[dict[str, Any]]:
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch(
                "select payload from outbox where subject like $1 order by id", f"%.evaluation.{fact}.v1"
            )
        return [json.loads(row["payload"]) for row in rows]

    @asynccontextmanager
    async def between_rounds(self) -> AsyncIterator[None]:
        """Nothing is published meanwhile: the lock of the timer is held."""
        async with self.app.state.database.transaction() as connection:
            await connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('evaluation-publish', 7))"
            )
            yield

    async def value(self, unit: str) -> dict[str, Any] | None:
        """The value of OP-01 with its target."""
        wanted = {"unit": unit, "indicator": "OP-01", "period": PERIOD}
        answer = await self.root.get("/v1/indicator-values", params=wanted)
        return answer.json["items"][0] if answer.status == 200 and answer.json["items"] else None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def region(settings, token, nats_url, august) -> AsyncIterator[Region]:
    app = application(settings("evaluation", federation="region"))
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    async with serving(app) as client:
        stream = Regions(broker.jetstream())
        made = Region(client.using(token("programme-manager", units=("C",))), app, stream)
        await stream.publish(INSTANCE, TREE)
        who = [f"r{number}" for number in range(8)]
        await stream.publish(INSTANCE, b.people(*(b.person(one, "F1") for one in who)))
        for one in who[:6]:
            await stream.publish(INSTANCE, b.assessed(f"a-{one}", one, "2026-07-20"))
        office = [b.person(f"o{number}", "D1") for number in range(5)]
        await stream.publish(INSTANCE, b.people(b.person("alone", "F2"), *office))

        async def measured() -> bool:
            value = await made.value("F1")
            return bool(
                value and (value["numerator"], value["denominator"]) == (6, 8) and await made.value("F2")
            )

        await wait_for(measured, timeout=20)
        yield made
    await broker.close()


def target(value: int | None, version: int = 1, **place: str) -> TargetsPublished:
    at = {"unit_code": None, "unit_level": None} | place
    item = Target(indicator="OP-01", period=PERIOD, version=version, value=value, **at)
    return TargetsPublished(items=[item])


def definition(code: str, version: int, **changes: Any) -> IndicatorsPublished:
    content = {**delivered()["OP-01"], "code": code, "version": version, **changes}
    return IndicatorsPublished(items=[item_of(content)])


async def shows(region: Region, unit: str, **wanted: Any) -> bool:
    found = await region.value(unit)
    return found is not None and found["target"] == (wanted or None)


async def test_the_hubs_target_is_shown_beside_the_value(region: Region) -> None:
    assert await shows(region, "F1")
    await region.down(target(8000, unit_level="facility"))
    await wait_for(partial(shows, region, "F1", value=80.0, origin="hub", unit_level="facility", met=False))
    assert await shows(
        region, "F2", value=80.0, origin="hub", unit_level="facility", met=False
    )  # one person, whom the reader may read
    await region.down(target(7500, unit_code="F1"))
    await wait_for(partial(shows, region, "F1", value=75.0, origin="hub", unit_level=None, met=True))
    assert await shows(region, "D1")
    read = await region.root.get(FACILITIES)
    assert (read.json["value"], read.json["origin"], read.version) == (80.0, "hub", "1")


async def test_old_news_changes_nothing_and_a_newer_epoch_all(region: Region) -> None:
    await region.down(target(5000, 3, unit_level="facility"))
    await region.down(target(4000, 2, unit_level="facility"))
    await region.down(target(None, 2, unit_code="F1"))  # withdrawn
    await wait_for(partial(shows, region, "F1", value=50.0, origin="hub", unit_level="facility", met=True))
    await region.down(target(9000, 3, unit_code="F1"))  # lost with the hub's server: never said again
    await region.down(target(3000, 1, unit_level="facility"), epoch=2)
    await region.down(target(2000, 9, unit_level="facility"))
    await wait_for(partial(shows, region, "F1", value=30.0, origin="hub", unit_level="facility", met=True))


async def test_a_regions_own_target_holds_and_goes_up(region: Region) -> None:
    made = await region.root.put(FACILITIES, json={"value": 90.5})
    assert (made.status, made.headers["ETag"]) == (200, '"1"'), made.json
    assert made.json | {"set_at": None} == {
        "indicator": "OP-01", "period": PERIOD, "unit_code": None, "unit_level": "facility", "value": 90.5,
        "origin": "own", "version": 1, "set_at": None,
    }  # fmt: skip
    assert await shows(region, "F1", value=90.5, origin="own", unit_level="facility", met=False)
    await region.down(target(1000, 2, unit_level="facility"), epoch=2)
    assert (await region.root.put(F1, json={"value": 75})).status == 200
    assert await shows(region, "F1", value=75.0, origin="own", unit_level=None, met=True)
    assert (await region.root.put(F1, json={"value": 70})).status == 428
    assert (await region.root.put(F1, json={"value": 70}, if_match='"9"')).status == 412
    assert (await region.root.put(F1, json={"value": None}, if_match='"1"')).status == 200
    assert await shows(region, "F1", value=90.5, origin="own", unit_level="facility", met=False)
    items = [item for event in await region.sent("targets-set") for item in event["data"]["items"]]
    assert [(item["unit_code"], item["unit_level"], item["version"], item["value"]) for item in items] == [
        (None, "facility", 1, 9050), ("F1", None, 1, 7500), ("F1", None, 2, None),
    ]  # fmt: skip
    assert await region.sent("targets-published") == []  # a region publishes nothing down
    listed = (
        await region.root.get("/v1/targets", params={"indicator": "OP-01", "unit_level": "facility"})
    ).json
    assert [(item["origin"], item["value"]) for item in listed["items"]] == [("own", 90.5), ("hub", 10.0)]


async def test_who_may_set_a_target_and_to_what(region: Region, token) -> None:
    below = region.root.using(token("programme-manager", units=("D1",)))
    assert (await below.put(FACILITIES, json={"value": 1})).code == "unit-out-of-scope"
    assert (
        await below.put(f"/v1/targets/OP-04/{PERIOD}/units/D2", json={"value": 1})
    ).code == "unit-out-of-scope"
    assert (await below.put(f"/v1/targets/OP-04/{PERIOD}/units/F1", json={"value": 1})).status == 200
    leader = region.root.using(token("leader", units=("C",)))
    assert (await leader.put(F1, json={"value": 1})).code == "role-missing"
    assert (await leader.get(FACILITIES)).status == 200
    for path, body, code in (
        (f"/v1/targets/XX-99/{PERIOD}/units/F1", {"value": 1}, "indicator-unknown"),
        ("/v1/targets/OP-01/2026/units/F1", {"value": 1}, "period-malformed"),
        (f"/v1/targets/OP-01/{PERIOD}/units/F9", {"value": 1}, "unit-unknown"),
        (F1, {"value": 1.234}, "input-invalid"),
        (F1, {"value": -1}, "input-invalid"),
        (F1, {}, "input-invalid"),
    ):
        assert (await region.root.put(path, json=body)).code == code, path
    assert (await region.root.get(f"/v1/targets/OC-05/{PERIOD}/units/F1")).code == "target-unknown"
    assert (await region.root.get("/v1/national/targets")).code == "not-a-hub"


async def test_the_hubs_definitions_hold_and_one_ahead_of_the_software_breaks_nothing(
    region: Region, caplog: pytest.LogCaptureFixture
) -> None:
    assert await region.sent("indicators-published") == []
    await region.down(definition("OP-01", 3, name={"en": "Reached", "fr": "Atteint"}))
    await region.down(definition("OP-01", 2, name={"en": "Old"}))
    with caplog.at_level(logging.ERROR, logger="steward.evaluation"):
        await region.down(definition("OP-01", 3, name={"en": "Forged"}))
        await region.down(definition("OP-04", 1, name={"en": "Of the hub"}))
        await region.down(definition("OP-05", 2, numerator={"expression": "other", "text": {"en": "other"}}))
        await region.down(definition("ZZ-01", 1, chain="of-tomorrow", direction="of-tomorrow"))

        async def listed() -> dict[str, dict[str, Any]] | None:
            found = (await region.root.get("/v1/indicators", params={"limit": 200})).json["items"]
            known = {item["code"]: item for item in found}
            return known if "ZZ-01" in known else None

        known = await wait_for(listed)
        refused = {record.args[0] for record in caplog.records if record.args and "differs" in record.message}
    assert refused == {"OP-01"}
    assert (known["OP-01"]["version"], known["OP-01"]["name"]["en"], known["OP-01"]["computed"]) == (
        3,
        "Reached",
        True,
    )
    assert (known["OP-04"]["version"], known["OP-04"]["name"]) == (1, {"en": "Of the hub"})
    assert (known["OP-05"]["version"], known["OP-05"]["computed"]) == (2, False)
    assert (known["ZZ-01"]["computed"], known["ZZ-01"]["targets"]) == (False, [])
    assert (await region.root.get("/v1/indicators/OP-01")).version == "3"
    none = await region.root.get("/v1/indicator-values", params={"unit": "F1", "indicator": "ZZ-01"})
    assert (none.status, none.json["items"]) == (200, [])
    assert (await region.value("F1"))["value"] == 75.0  # as it is computed here
    assert (
        await region.root.put(f"/v1/targets/ZZ-01/{PERIOD}/levels/country", json={"value": 5})
    ).status == 200


async def test_a_new_epoch_sends_own_targets_and_values_with_their_versions(region: Region) -> None:
    configured = region.app.state.settings.model_copy(update={"epoch": 2})
    async with region.between_rounds():
        before = [
            item for event in await region.sent("indicator-computed") for item in event["data"]["items"]
        ]
        newest = {(item["indicator"], item["period"], item["unit_code"]): item for item in before}
        outbox.speak_as(INSTANCE, 2, below_hub=True)
        try:
            await epochs.step(configured, republish.resend(configured))(region.app.state.database)
        finally:
            outbox.speak_as(INSTANCE, below_hub=True)
    again = [event for event in await region.sent("indicator-computed") if event["epoch"] == 2]
    items = [item for event in again for item in event["data"]["items"]]
    assert {(item["indicator"], item["period"], item["unit_code"]): item for item in items} == newest
    (targets,) = [event for event in await region.sent("targets-set") if event["epoch"] == 2]
    told = {(item["indicator"], item["unit_code"]): item["version"] for item in targets["data"]["items"]}
    assert told == {("OP-01", None): 1, ("OP-01", "F1"): 2, ("OP-04", "F1"): 1, ("ZZ-01", None): 1}
    assert await region.sent("indicators-published") == []
