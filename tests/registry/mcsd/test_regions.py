"""Units of regions in a hub's FHIR: read-only, marked with their region, in searches, pages and histories."""

from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from fhir.resources.R4B import get_fhir_model_class

from shared.events.registry import UnitsChanged, UnitState
from tests.federated import AS_ADMIN, Regions, regions_of_hub
from tests.registry.builders import plant
from tests.registry.mcsd.asking import FHIR, found, outcome, page
from tests.registry.mcsd.test_attacks import ORGANIZATION, ward
from tests.registry.mcsd.test_feed import bundle, entry, location, sent
from tests.served import Client, application
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
EAST = "urn:steward:region:east:unit"
Entry = tuple[str, str, str]  # method, id, version


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def regions(nats_url: str) -> AsyncIterator[Regions]:
    async with regions_of_hub(nats_url, "registry") as found:
        yield found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def hub(settings, serve, token, regions: Regions) -> AsyncIterator[Client]:
    client = await serve(application(settings("registry", federation="hub", **AS_ADMIN)))
    client = client.using(token("hris", units=("SL",)))
    await plant(client)
    for region in ("east", "west"):
        await regions.publish(region, UnitsChanged(items=tree()))
    for region in ("east", "west"):
        await until(client, f"Location?partof=Location/-r{region}.D-1", 12)
    yield client


def state(code: str, parent: str | None, version: int = 1, **values: Any) -> UnitState:
    given = {"level": "facility", "type": "Clinic", "open_from": date(2000, 1, 1), "name": f"Clinic {code}"}
    return UnitState(unit_code=code, parent=parent, version=version, **(given | values))


def tree() -> list[UnitState]:
    """A region whose codes are those of every other region."""
    return [
        state("TOP", None, level="region", type="Region", name="The top"),
        state("D-1", "TOP", level="district", type="District", name=None),
        *(state(f"F_{number}" if number < 2 else f"F-{number}", "D-1") for number in range(12)),
    ]


async def until(client: Client, path: str, count: int) -> list[str]:
    async def there() -> list[str]:
        ids = await found(client, f"{path}&_count=200")
        return ids if len(ids) == count else []

    return await wait_for(there)


async def history(client: Client, query: str = "") -> list[Entry]:
    """The entries of units of regions, the newest first."""
    answer = await client.get(f"{FHIR}/Location/_history?_count=200{query}")
    entries = [each for each in answer.json.get("entry", []) if "/-r" in each["request"]["url"]]
    return [
        (
            each["request"]["method"],
            each["request"]["url"].partition("/")[2],
            each["response"].get("etag", ""),
        )
        for each in entries
    ]


async def newest(client: Client, entry: Entry) -> list[Entry]:
    """The history, once its newest entry is this one."""

    async def listed() -> list[Entry]:
        entries = await history(client)
        return entries if entries[:1] == [entry] else []

    return await wait_for(listed)


async def test_a_unit_of_a_region_says_whose_it_is(hub):
    (id_,) = await found(hub, "Location", identifier=f"{EAST}|F_0")
    shown = (await hub.get(f"{FHIR}/Location/{id_}")).json
    assert shown["meta"]["source"] == "urn:steward:region:east"
    assert shown["meta"]["tag"] == [{"system": "urn:steward:region", "code": "east"}]
    assert shown["partOf"] == {"reference": "Location/-reast.D-1"}
    assert len(await found(hub, "Location", identifier="F_0")) == 2, "each region has its own"
    district = (await hub.get(f"{FHIR}/Organization/-reast.D-1")).json
    assert (district["name"], district["active"]) == ("D-1", True), "its region does not say its name"
    for kind, of in (("Location", id_), ("Organization", id_), ("Location", "-rwest.TOP")):
        xml = await hub.get(f"{FHIR}/{kind}/{of}?_format=xml")
        get_fhir_model_class(kind).model_validate_xml(xml.body)
        assert (await hub.get(f"{FHIR}/{kind}/{of}/_history/1")).json["id"] == of
    assert outcome(await hub.get(f"{FHIR}/OrganizationAffiliation/{id_}")) == (404, "resource-unknown")
    assert outcome(await hub.get(f"{FHIR}/Practitioner/{id_}")) == (404, "not-at-hub")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Location?_id=-reast.F-5,E1A", ["E1A", "-reast.F-5"]),
        ("Location?type=jurisdiction&identifier=D-1", ["-reast.D-1", "-rwest.D-1"]),
        ("Organization?partof=Organization/-reast.TOP&active=true", ["-reast.D-1"]),
        ("Location?organization=Organization/-rwest.F-9", ["-rwest.F-9"]),
        ("Location?name=clinic f-7&status=active", ["-reast.F-7", "-rwest.F-7"]),
        ("Location?status=inactive&partof=Location/-rwest.D-1", []),
        ("Location?near=0|0|20000|km&identifier=F-5", []),
        ("Location?identifier=urn:steward:unit|F-5", []),
        ("Location?identifier=urn:steward:region:east:unit|TOP&type=Region", ["-reast.TOP"]),
    ],
)
async def test_what_is_searched_is_found(hub, path, expected):
    assert sorted(await found(hub, path)) == sorted(expected)


async def test_what_comes_with_matches(hub):
    above = "&_include=Location:partof&_include=Location:organization"
    matches, others = await page(hub, f"Location?_id=-reast.D-1{above}")
    assert (matches, others) == (["-reast.D-1"], ["Location/-reast.TOP", "Organization/-reast.D-1"])
    _, others = await page(hub, "Location?_id=-rwest.TOP&_revinclude=Location:partof")
    assert others == ["Location/-rwest.D-1"]


async def test_pages_go_through_all_of_it_without_loss_or_double(hub):
    assert (await sent(hub, "Location/a-ward", ward("E1A"), "PUT")).status == 201
    whole = await found(hub, "Location?_count=200")
    assert len(set(whole)) == len(whole)
    assert {"E1A", "a-ward", "-reast.F-5", "-rwest.F-5"} <= set(whole)
    ids: list[str] = []
    link: str | None = f"{FHIR}/Location?_count=5&_total=accurate"
    while link is not None:
        answer = (await hub.get(link)).json
        assert answer.get("total", len(whole)) == len(whole)
        ids += [each["resource"]["id"] for each in answer["entry"]]
        following = [each["url"] for each in answer["link"] if each["relation"] == "next"]
        link = urlsplit(following[0])._replace(scheme="", netloc="").geturl() if following else None
    assert ids == whole


async def test_nobody_changes_it_here(hub):
    for path, resource in (
        ("Location/-reast.F-5", location("x", name="Ours now")),
        ("Location/-reast.new", ward("E1A")),
        ("Organization/-reast.F-5", ORGANIZATION),
        (f"Location?identifier={EAST}|F-5", location("x", name="Ours now")),
    ):
        assert outcome(await sent(hub, path, resource, "PUT")) == (409, "resource-of-region"), path
    batch = bundle("transaction", entry(ORGANIZATION, "Organization/-reast.F-5", "urn:x:1", "PUT"))
    assert outcome(await sent(hub, "", batch)) == (409, "resource-of-region")
    assert (await hub.get(f"{FHIR}/Location/-reast.F-9")).json["name"] == "Clinic F-9"


async def test_by_name_they_are_found_by_who_has_the_nation(hub, token):
    district = hub.using(token("hris", units=("SL-E",)))
    assert await found(district, "Location", name="clinic f-7") == []
    assert await found(district, "Location", identifier=f"{EAST}|F-7") == ["-reast.F-7"]
    nobody = hub.using(token("service"))
    assert outcome(await nobody.get(f"{FHIR}/Location/-reast.F-7")) == (403, "role-missing")


async def test_histories_say_what_regions_changed_and_what_they_have_no_more(hub, regions):
    before = (await hub.get(f"{FHIR}/Location/_history?_count=1")).json["meta"]["lastUpdated"]
    changed = state("F-5", "TOP", 2, name="Moved")
    await regions.publish("east", UnitsChanged(items=[changed, state("F-6", "D-1", 2)]))  # one as it was

    entries = await newest(hub, ("PUT", "-reast.F-5", 'W/"2"'))
    assert [version for _, id_, version in entries if id_ == "-reast.F-6"] == ['W/"1"']
    assert (await history(hub, f"&_since={before}"))[0] == ("PUT", "-reast.F-5", 'W/"2"')
    first = (await hub.get(f"{FHIR}/Location/-reast.F-5/_history/1")).json
    assert (first["name"], first["partOf"]["reference"]) == ("Clinic F-5", "Location/-reast.D-1")
    assert (await hub.get(f"{FHIR}/Location/-reast.F-5")).json["name"] == "Moved"

    again = [each for each in tree() if each.unit_code != "F-5"]  # restored from before, without one
    await regions.publish("east", UnitsChanged(items=again), epoch=2)
    await newest(hub, ("DELETE", "-reast.F-5", ""))
    assert outcome(await hub.get(f"{FHIR}/Location/-reast.F-5")) == (410, "resource-deleted")
    own = (await hub.get(f"{FHIR}/Location/-reast.F-5/_history")).json["entry"]
    assert [each["request"]["method"] for each in own] == ["DELETE", "PUT", "POST"]
    assert len(await found(hub, "Location?partof=Location/-reast.D-1&_count=200")) == 11
