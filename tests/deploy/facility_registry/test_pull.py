"""Units in step with a national facility registry: its pages, what breaks off in the middle, and the report."""

from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web

from deploy.facility_registry import pull as pulling
from deploy.facility_registry.bookmark import Bookmarks
from deploy.facility_registry.pull import PullError, Target, pull
from deploy.facility_registry.pulled_locations import in_order
from tests.gateway.services import Service, running
from tests.registry.builders import plant, source_client
from tests.registry.mcsd.asking import found
from tests.served import Client, application
from tests.servers import wait_for

PAIR = "https://profiles.ihe.net/ITI/mCSD/CodeSystem/IHE.mCSD.Organization.Location.Types"


def place(id_: str, above: str | None, kind: str = "facility", **values: Any) -> dict[str, Any]:
    """A Location of the national registry."""
    types = [
        {"coding": [{"system": PAIR, "code": kind}]},
        {"text": "Clinic" if kind == "facility" else "Area"},
    ]
    part = {"partOf": {"reference": f"Location/{above}"}} if above else {}
    known = {"resourceType": "Location", "id": id_, "status": "active", "name": f"Place {id_}"}
    return {**known, "type": types, **part, **values}


def put(resource: dict[str, Any]) -> dict[str, Any]:
    return {"resource": resource, "request": {"method": "PUT", "url": f"Location/{resource['id']}"}}


def gone(id_: str) -> dict[str, Any]:
    return {"request": {"method": "DELETE", "url": f"Location/{id_}"}}


class Directory:
    """A national registry with pages of two entries, which may break off."""

    def __init__(self, service: Service) -> None:
        self.service, self.entries = service, list[dict[str, Any]]()
        self.breaks_at, self.shortened = -1, False
        service.answer("/fhir/Location/_history", self.answer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        start = int(request.query.get("page", 0))
        if "_since" in request.query and self.shortened:
            return web.Response(status=410)
        if start == self.breaks_at:
            return web.Response(status=503)
        bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "history", "link": []}
        bundle["meta"] = {"lastUpdated": "2026-11-01T00:00:00Z"}
        bundle["entry"] = self.entries[start : start + 2]
        if start + 2 < len(self.entries):
            bundle["link"] = [
                {"relation": "next", "url": f"{self.service.url}/fhir/Location/_history?page={start + 2}"}
            ]
        return web.json_response(bundle)


class World:
    """A national registry, and a Steward that follows it."""

    def __init__(self, directory: Directory, client: Client, folder: Path) -> None:
        self.directory, self.client = directory, client
        self.bookmark = folder / "bookmark.json"

    async def pull(self) -> dict[str, Any]:
        target = Target(self.client.url, "mfl", "SL", "top")
        own = {"Authorization": f"Bearer {self.client.token}"}
        async with aiohttp.ClientSession() as http:
            books = Bookmarks(self.bookmark, f"{self.directory.service.url}/fhir")
            return await pull(http, books, target, ({}, own), lambda _: None)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(serve: Callable[[str], Awaitable[Client]], token: Callable[..., str]) -> Client:
    root = (await serve("registry")).using(token("hris", units=("SL",)))
    await plant(root)
    return await source_client(root, token, "puller", "mfl")


@pytest_asyncio.fixture(loop_scope="module")
async def world(client: Client, tmp_path: Path):
    async with running("national") as services:
        yield World(Directory(services["national"]), client, tmp_path)


@pytest.mark.asyncio(loop_scope="module")
async def test_units_follow_and_what_breaks_off_goes_on(world, monkeypatch):
    """One story: a first pull that breaks off twice, an unchanged one, then changes and a deletion."""
    monkeypatch.setattr(pulling, "AT_ONCE", 2)
    directory, client = world.directory, world.client
    directory.entries = [
        put(place("f2", "d1", status="inactive")),
        put(place("f1", "d1", name="Baama")),
        put(place("d1", "r1", "jurisdiction")),
        put(place("r1", "top", "jurisdiction")),
        put(place("f1", "d1", name="old")),
        put(place("top", None, "jurisdiction")),
        put(place("bad", "nowhere")),
    ]
    directory.breaks_at = 4
    with pytest.raises(PullError, match="503"):
        await world.pull()
    asked = len(directory.service.asked)
    directory.breaks_at = -1
    steward = pulling._steward

    async def breaks_once(*arguments: Any) -> Any:
        if Bookmarks(world.bookmark, f"{directory.service.url}/fhir").now.applied == 2:
            monkeypatch.setattr(pulling, "_steward", steward)
            raise PullError("killed")
        return await steward(*arguments)

    monkeypatch.setattr(pulling, "_steward", breaks_once)
    with pytest.raises(PullError, match="killed"):
        await world.pull()
    assert [each.query_string for each in directory.service.asked[asked:]] == ["page=4", "page=6"], (
        "it goes on"
    )
    report = await world.pull()
    assert len(directory.service.asked) == asked + 2, "nothing is read again"
    assert (report["read"], report["created"], report["refused"]) == (5, 4, 1), report
    assert [(each["id"], each["code"]) for each in report["refusals"]] == [("bad", "reference-unresolved")]
    (facility,) = await found(client, "Location", identifier="urn:steward:source-system:mfl|f1")
    known = (await client.get(f"/v1/units/{facility}")).json
    assert (known["name"], [each.startswith("F-") for each in known["path"][1:]]) == ("Baama", [True] * 3)
    directory.entries = [put(place("f1", "d1", name="Baama"))]
    assert (await world.pull())["unchanged"] == 1
    assert directory.service.asked[-1].query["_since"] == "2026-11-01T00:00:00Z"
    directory.shortened = True  # a history that does not go back so far is read from its beginning
    assert (await world.pull())["unchanged"] == 1
    assert [each.query_string.partition("&")[0] for each in directory.service.asked[-2:]] == [
        "_count=200"
    ] * 2
    assert "_since" not in directory.service.asked[-1].query
    directory.shortened = False
    directory.entries = [gone("f1"), put(place("f1", "d1", name="Baama CHC")), gone("never-seen")]
    report = await world.pull()
    assert (report["updated"], report["ended"]) == (1, 1), report
    assert (await client.get(f"/v1/units/{facility}")).json["closed_on"] is not None


@pytest.mark.asyncio(loop_scope="module")
async def test_another_steward_is_the_facility_registry(
    client, settings, databases, serve, token, tmp_path, monkeypatch
):
    """Its own face is read. What is killed in the middle of a page, or of what is applied, goes on there."""
    monkeypatch.setattr(pulling, "PAGE", 2)
    monkeypatch.setattr(pulling, "AT_ONCE", 2)
    apart = settings("registry").model_copy(update={"database_url": databases.fresh("registry")})
    source = (await serve(application(apart))).using(token("hris", units=("SL",)))
    await plant(source)
    follower = await source_client(client, token, "follower", "other-steward")
    headers = [{"Authorization": f"Bearer {each.token}"} for each in (source, follower)]
    units = {"SL", "SL-E", "SL-N", "SL-E-1", "E1A", "E1B"}

    async def listed() -> bool:
        entries = (await source.get("/fhir/r4/Location/_history")).json.get("entry", [])
        return {each["resource"]["id"] for each in entries} == units

    await wait_for(listed)

    async def pulled() -> dict[str, Any]:
        books = Bookmarks(tmp_path / "steward", f"{source.url}/fhir/r4")
        target = Target(client.url, "other-steward", "SL", "SL")
        async with aiohttp.ClientSession() as http:
            return await pull(http, books, target, (headers[0], headers[1]), lambda _: None)

    save, saved = Bookmarks.save, count(1)

    def dies(books: Bookmarks) -> None:
        if next(saved) in (
            2,
            5,
        ):  # a page is in the file and not in the bookmark; a batch is applied and not noted
            raise KeyboardInterrupt
        save(books)

    monkeypatch.setattr(Bookmarks, "save", dies)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            await pulled()
    report = await pulled()
    assert (report["read"], report.get("refused", 0)) == (5, 0), report
    known = "urn:steward:source-system:other-steward"
    codes = {
        each: (await found(client, "Location", identifier=f"{known}|{each}"))[0] for each in units - {"SL"}
    }
    way = (await client.get(f"/v1/units/{codes['E1A']}")).json["path"]
    assert way == ["SL", codes["SL-E"], codes["SL-E-1"], codes["E1A"]]
    changed = await source.patch("/v1/units/E1B", json={"name": "Baama CHC"}, if_match='"1"')
    assert changed.status == 200, changed.json

    async def followed() -> bool:
        await pulled()
        return bool((await client.get(f"/v1/units/{codes['E1B']}")).json["name"] == "Baama CHC")

    await wait_for(followed)
    assert len(await found(client, "Location", identifier=f"{known}|E1B")) == 1


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("body", [b"<html/>", b'{"resourceType":"Patient"}', b"[]"])
async def test_what_is_no_history_ends_the_pull(world, body):
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(body=body)

    world.directory.service.answer("/fhir/Location/_history", answer)
    with pytest.raises(PullError, match="something else"):
        await world.pull()


@pytest.mark.asyncio(loop_scope="module")
async def test_a_link_to_another_host_is_not_followed(world):
    async def answer(_: web.Request) -> web.StreamResponse:
        link = [{"relation": "next", "url": "http://169.254.169.254/x"}]
        return web.json_response({"resourceType": "Bundle", "type": "history", "link": link})

    world.directory.service.answer("/fhir/Location/_history", answer)
    with pytest.raises(PullError, match="another host"):
        await world.pull()


def test_parents_come_first_even_in_a_circle():
    listed = [
        {"id": id_, "resource": place(id_, above)} for id_, above in (("c", "b"), ("b", "a"), ("a", "x"))
    ]
    assert [each["id"] for each in in_order(listed)] == ["a", "b", "c"]
    circle = [{"id": id_, "resource": place(id_, above)} for id_, above in (("a", "b"), ("b", "a"))]
    assert len(in_order(circle)) == 2
