"""Definitions over HTTP: a hub publishes, its regions show what it said, and an instance alone keeps its own."""

import copy
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import nats
import pytest
import pytest_asyncio

from deploy.local.nats import ADMIN
from services.evaluation.commands import resending
from services.evaluation.commands.definitions import item_of, publish
from services.evaluation.definitions import told
from services.evaluation.queries.catalogue import delivered
from shared import epochs, outbox
from shared.events.evaluation import IndicatorsPublished
from tests.evaluation.world import TREE
from tests.federated import AS_ADMIN, Regions
from tests.served import Answer, Client, application, serving
from tests.servers import INSTANCE, PASSWORDS, wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
BODY = {name: value for name, value in told(delivered()["OP-01"]).items() if name not in ("code", "version")}
NEW = BODY | {
    "name": {"en": "Vacancies", "fr": "Postes vacants"},
    "dhis2_code": "STW_ZZ_01",
    "upstream": ["OP-01"],
}


class Instance:
    """A served evaluation of one instance, and what it said to others."""

    def __init__(self, client: Client, app: Any, stream: Regions) -> None:
        self.root, self.app, self.stream = client, app, stream

    async def put(self, code: str, body: Any, if_match: str | None = None, **more: Any) -> Answer:
        return await self.root.put(f"/v1/indicators/{code}", json=body, if_match=if_match, **more)

    async def shown(self, code: str) -> dict[str, Any] | None:
        answer = await self.root.get(f"/v1/indicators/{code}")
        return answer.json if answer.status == 200 else None

    async def fetch(self, statement: str, *parameters: Any) -> list[Any]:
        async with self.app.state.database.transaction() as connection:
            return list(await connection.fetch(statement, *parameters))

    async def said(self) -> list[dict[str, Any]]:
        rows = await self.fetch(
            "select payload from outbox where subject like '%.indicators-published.v1' order by id"
        )
        return [json.loads(row["payload"]) for row in rows]

    async def hears(self, event: IndicatorsPublished, epoch: int = 1) -> None:
        """The hub's word, until it is applied."""
        await self.applied(await self.stream.publish("hub", event, epoch=epoch))

    async def applied(self, event: UUID) -> None:
        async def there() -> bool:
            return bool(await self.fetch("select from inbox where event_id = $1", event))

        await wait_for(there, timeout=20)


Run = Callable[..., Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def run(settings, token, nats_url) -> AsyncIterator[Run]:
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    stream = Regions(broker.jetstream())

    @asynccontextmanager
    async def running(federation: str, **changes: Any) -> AsyncIterator[Instance]:
        """One after the other on one database: who speaks is the process's."""
        app = application(settings("evaluation", federation=federation, **changes))
        async with serving(app) as client:
            made = Instance(client.using(token("programme-manager", units=("C",))), app, stream)
            await made.applied(await stream.publish(INSTANCE, TREE))
            yield made

    yield running
    await broker.close()


@pytest_asyncio.fixture(loop_scope="module")
async def empty(run: Run, service_database: Any) -> AsyncIterator[None]:
    """No definition, no word of a hub."""
    async with run("none") as alone:
        await alone.fetch("truncate definition, heard_epoch, outbox")
    yield


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


def broken(path: str, value: Any) -> dict[str, Any]:
    """The body with one field of another value; `...` leaves it out."""
    body = copy.deepcopy(BODY)
    *above, last = path.strip("/").split("/")
    place: Any = body
    for step in above:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


NONSENSE: list[tuple[str, Any]] = [
    *[(f"/{name}", ...) for name in BODY],
    *[(f"/{name}", 7) for name in ("code", "version", "computed", "baseline", "targets", "names")],
    *[
        ("/name", wrong)
        for wrong in ({}, "Coverage", None, {"en": " "}, {"en": 5}, {"English": "x"}, {"en": "x" * 501})
    ],
    ("/purpose", {"en": "in one language"}),
    ("/numerator", None),
    *[("/numerator/expression", wrong) for wrong in ("", "Two Words", "x" * 201, 5)],
    ("/numerator/text", {}),
    ("/denominator/text", {"pt": "noutra língua"}),
    ("/denominator/note", "more"),
    *[(f"/{name}", wrong) for name in ("source", "unit") for wrong in ("", " ", "x" * 101, None)],
    *[("/factor", wrong) for wrong in (0, 5, -100, True, 100.0, "100", 1000, None)],
    *[("/direction", wrong) for wrong in ("up", None)],
    ("/frequency", "month"),
    *[("/window_months", wrong) for wrong in (0, 121, 1.5, True)],
    ("/chain", "effect"),
    *[("/evaluation_level", wrong) for wrong in (0, 6, "3")],
    *[("/competencies", wrong) for wrong in (["XX"], ["VS", "VS"], "VS", ["vs"], None)],
    *[("/upstream", wrong) for wrong in (["XX-99"], ["OP-01"], ["IN-07", "IN-07"], ["in 07"])],
    *[("/disaggregations", wrong) for wrong in (["Sex"], ["sex", "sex"], [""])],
    *[("/minimum_cell", wrong) for wrong in (4, 0, -5, 5.0, True, 1001)],
    *[("/owner", wrong) for wrong in ("", "The Ministry", None)],
    *[("/dhis2_code", wrong) for wrong in ("", "stw_op_01", "STW-OP-01", "STW_", "STW_OP_04", "X" * 51)],
    *[("/references", wrong) for wrong in ([], [""], ["a", "a"])],
]


async def test_nonsense_is_refused_by_its_field_and_nothing_is_stored(run: Run, empty: None) -> None:
    async with run("hub", **AS_ADMIN) as hub:
        before = (await hub.said(), await hub.fetch("select * from definition order by code"))
        for path, wrong in NONSENSE:
            answer = await hub.put("OP-01", broken(path, wrong), '"1"')
            assert answer.status == 422, (path, wrong, answer.body)
            assert answer.code in ("input-invalid", "definition-invalid"), (path, wrong)
            pointers = [error["pointer"] for error in answer.json["errors"]]
            assert all(pointer.startswith(path) for pointer in pointers), (path, wrong, pointers)
        for body in (None, [], "x", {}):
            assert (await hub.put("OP-01", body, '"1"')).code == "input-invalid"
        assert (await hub.put("OP-01", broken("/owner", "a\0"), '"1"')).code == "input-invalid"
        assert (await hub.put("OP-01", broken("/source", "a\0"), '"1"')).code == "value-not-storable"
        for code in ("op-01", "OP-01:unplanned", "A" * 33, "OP-", "%20"):
            assert (await hub.put(code, NEW)).code == "input-invalid", code
        assert (await hub.said(), await hub.fetch("select * from definition order by code")) == before


async def test_who_may_publish(run: Run, empty: None, token: Any) -> None:
    async with run("hub", **AS_ADMIN) as hub:
        said = await hub.said()
        for role, units, code in (
            ("leader", ("C",), "role-missing"),
            ("hris", ("C",), "role-missing"),
            ("ops", ("C",), "role-missing"),
            ("programme-manager", ("D1",), "unit-out-of-scope"),
        ):
            answer = await hub.put("ZZ-01", NEW, token=token(role, units=units))
            assert (answer.status, answer.code) == (403, code)
        assert await hub.said() == said


async def test_what_a_hub_publishes_its_region_shows(run: Run, empty: None) -> None:
    texts = BODY | {"name": {"en": "Coverage", "fr": "Couverture"}}
    async with run("hub", **AS_ADMIN) as hub:
        assert len((await hub.said())[0]["data"]["items"]) == len(delivered())
        assert (await hub.put("OP-01", texts, '"1"')).headers["ETag"] == '"2"'
        assert (await hub.put("OP-01", texts, '"2"')).headers["ETag"] == '"2"'
        assert (await hub.put("OP-01", texts | {"owner": "ministry"}, '"2"')).headers["ETag"] == '"3"'
        assert (await hub.put("OP-04", texts | {"dhis2_code": "STW_OP_04"}, '"1"')).status == 200
        assert (await hub.put("ZZ-01", NEW)).headers["ETag"] == '"1"'
        said = await hub.said()
        told_now = [
            (one["data"]["items"][0]["code"], one["data"]["items"][0]["version"]) for one in said[2:]
        ]  # once as a hub, once as a new one
        assert told_now == [("OP-01", 2), ("OP-01", 3), ("OP-04", 2), ("ZZ-01", 1)]
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
            assert await publish(session, [content("OP-01", 2, owner="hris")]) == 0
        assert ((await hub.shown("OP-01"))["owner"], len(await hub.said())) == ("ministry", before)
        async with hub.app.state.database.session() as session:
            assert await publish(session, [content("OP-01", 3, owner="hris")]) == 1
        assert ((await hub.shown("OP-01"))["owner"], len(await hub.said())) == ("hris", before + 1)


async def test_a_restored_hub_says_all_again_and_its_lost_days_are_forgotten(run: Run, empty: None) -> None:
    lost = {"en": "Lost", "fr": "Perdu"}
    async with run("hub", **AS_ADMIN) as hub:
        assert (await hub.put("OP-01", BODY | {"owner": "ministry"}, '"1"')).status == 200
        known = len(await hub.said())
        restored = hub.app.state.settings.model_copy(update={"epoch": 2})
        outbox.speak_as(INSTANCE, 2)
        await epochs.step(restored, resending.resend(restored))(hub.app.state.database)
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
