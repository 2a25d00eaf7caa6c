"""Histories: what changed since, without loss or double, frozen while others write, for those in scope alone."""

from typing import Any

import orjson
import pytest

from services.registry.mcsd.commands import shortening
from services.registry.mcsd.commands.settling import settle
from services.registry.mcsd.queries import history
from shared.database.engine import Database
from tests.registry.builders import hired, made, unit
from tests.registry.mcsd.asking import FHIR, outcome
from tests.registry.merged_people.asks import merge, unmerge
from tests.served import Client
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


def listed(entry: dict[str, Any]) -> tuple[str, str, str]:
    """Method, id and version of an entry."""
    request, response = entry["request"], entry["response"]
    return request["method"], request["url"].split("/")[1], response.get("etag", "").strip('W/"')


async def pages(client: Client, kind: str, **params: str) -> list[list[tuple[str, str, str]]]:
    """The entries of each page of a history."""
    link, found = f"{FHIR}/{kind}/_history", []
    while link:
        answer = await client.get(link, params=params)
        assert answer.status == 200, answer.body
        found.append([listed(each) for each in answer.json.get("entry", [])])
        following = [each["url"] for each in answer.json["link"] if each["relation"] == "next"]
        link, params = (following[0].removeprefix(client.url) if following else ""), {}
    return found


async def entries(client: Client, kind: str, **params: str) -> list[tuple[str, str, str]]:
    return [each for page in await pages(client, kind, **params) for each in page]


async def settled(client: Client, kind: str, id_: str, number: str) -> str:
    """When a version is in the history, the time up to which everything is."""

    async def there() -> str | None:
        answer = (await client.get(f"{FHIR}/{kind}/_history?_count=200")).json
        known = {listed(each)[1:] for each in answer.get("entry", [])}
        return answer["meta"]["lastUpdated"] if (id_, number) in known or (id_, "") in known else None

    return await wait_for(there)


async def test_what_was_there_and_every_version_since(registry):
    await settled(registry, "Location", "E1B", "1")
    first = await entries(registry, "Location")
    assert {id_ for _, id_, _ in first} >= {"SL", "SL-E", "SL-N", "SL-E-1", "E1A", "E1B"}
    assert len(set(first)) == len(first)
    for number in (1, 2):
        await registry.patch("/v1/units/E1B", json={"name": f"N{number}"}, if_match=f'"{number}"')
    since = await settled(registry, "Location", "E1B", "3")
    newest = await entries(registry, "Location")
    assert newest[:2] == [("PUT", "E1B", "3"), ("PUT", "E1B", "2")]
    assert newest[2:] == first
    assert (await entries(registry, "Location", _since=since))[0] == ("PUT", "E1B", "3")
    assert await entries(registry, "Location", _since="2999-01-01T00:00:00Z") == []
    second = (await registry.get(f"{FHIR}/Location/E1B/_history/2")).json
    assert (second["name"], second["meta"]["versionId"]) == ("N1", "2")
    own = (await registry.get(f"{FHIR}/Organization/E1B/_history")).json["entry"]
    assert [each["resource"]["name"] for each in own] == ["N2", "N1", "Unit E1B"]
    for wrong in ("4", "0", "x", "99999999999999999999"):
        assert outcome(await registry.get(f"{FHIR}/Location/E1B/_history/{wrong}"))[0] == 404
    assert all(id_ != "SL" for _, id_, _ in await entries(registry, "OrganizationAffiliation"))


async def test_a_thousand_changes_of_one_instant_come_once_while_others_write(registry):
    lines = [{"external_id": f"many-{n}", "family_name": "Sesay"} for n in range(1000)]
    body = b"\n".join(map(orjson.dumps, lines))
    kind = {"Content-Type": "application/x-ndjson"}
    loaded = await registry.post("/v1/imports/people", data=body, headers=kind)
    assert loaded.json["created"] == 1000, loaded.json

    async def all_there() -> bool:
        return len(await entries(registry, "Practitioner", _count="200")) == 1000

    await wait_for(all_there)
    answer = (await registry.get(f"{FHIR}/Practitioner/_history?_count=150")).json
    seen = [listed(each) for each in answer["entry"]]
    while True:
        following = [each["url"] for each in answer["link"] if each["relation"] == "next"]
        if not following:
            break
        await hired(registry, "E1A")  # somebody else writes between the pages
        await registry.patch(
            f"/v1/people/{seen[-1][1]}", json={"cadre": "Midwife"}, if_match=f'"{seen[-1][2]}"'
        )
        answer = (await registry.get(following[0].removeprefix(registry.url))).json
        seen += [listed(each) for each in answer["entry"]]
    assert len(seen) == len(set(seen)) == 1000
    assert {number for _, _, number in seen} == {"1"}


async def test_what_was_taken_away_is_a_deletion(registry):
    _, post_id = await hired(registry, "E1A")
    await settled(registry, "PractitionerRole", post_id, "1")
    assert (await registry.get(f"{FHIR}/PractitionerRole/{post_id}")).status == 200
    await registry.post(f"/v1/posts/{post_id}/end", json={"withdrawn": True}, if_match='"1"')

    async def deleted() -> bool:
        return ("DELETE", post_id, "") in await entries(registry, "PractitionerRole")

    await wait_for(deleted)
    assert outcome(await registry.get(f"{FHIR}/PractitionerRole/{post_id}")) == (410, "resource-deleted")
    gone = await registry.get(f"{FHIR}/PractitionerRole/{post_id}/_history/2")
    assert outcome(gone) == (410, "resource-deleted")
    assert (await registry.get(f"{FHIR}/PractitionerRole/{post_id}/_history/1")).json["id"] == post_id


async def test_nobody_out_of_scope_is_in_it_nor_as_a_deletion(registry, token, monkeypatch):
    monkeypatch.setattr(history, "ROWS", 3)  # so that a page looks at few changes
    inside, held = await hired(registry, "SL-N")
    outside, left = await hired(registry, "E1A")
    await registry.post(f"/v1/posts/{left}/end", json={"withdrawn": True}, if_match='"1"')
    _, kept = await hired(registry, "E1B")
    await settled(registry, "PractitionerRole", kept, "1")
    north = registry.using(token("hris", units=("SL-N",), subject="north"))
    assert {id_ for _, id_, _ in await entries(north, "Practitioner")} == {inside}
    assert {id_ for _, id_, _ in await entries(north, "PractitionerRole")} == {held}
    for path in (f"Practitioner/{outside}", f"Practitioner/{outside}/_history", f"PractitionerRole/{left}",
                 f"PractitionerRole/{left}/_history/2", f"Practitioner/{outside}/_history/1"):  # fmt: skip
        assert outcome(await north.get(f"{FHIR}/{path}")) == (404, "resource-unknown")
    for client in (registry.using(token("ops")), registry.using(token("service"))):
        assert outcome(await client.get(f"{FHIR}/Practitioner/_history")) == (403, "role-missing")
        assert outcome(await client.get(f"{FHIR}/PractitionerRole/_history")) == (403, "role-missing")


@pytest.mark.parametrize(
    "query", ["_since=yesterday", "_since=gt2026-01-01", "_cursor=W10", "_cursor=x", "name=x"]
)
async def test_a_history_that_is_not_understood_is_refused(registry, query):
    assert outcome(await registry.get(f"{FHIR}/Location/_history?{query}")) == (400, "search-invalid")


async def test_a_change_whose_transaction_began_first_and_ended_last_is_not_lost(registry, settings):
    database = Database(settings("registry"))
    slow = await database.connect()
    try:
        writing = slow.transaction()
        await writing.start()
        await slow.execute("update unit set version = version + 1, name = 'slow' where unit_code = 'SL-N'")
        code = (await made(registry, "/v1/units", unit()))["unit_code"]
        async with database.session() as session:
            await settle(session)
        read = await entries(registry, "Location")
        assert code not in {id_ for _, id_, _ in read}, "it waits for the one before"
        await writing.commit()
        async with database.session() as session:
            await settle(session)
    finally:
        await slow.close()
        await database.close()
    await settled(registry, "Location", code, "1")
    newest = [id_ for _, id_, _ in await entries(registry, "Location")]
    assert newest.index(code) < newest.index("SL-N")


async def test_who_was_merged_is_taken_away_and_there_again_once_parted(registry, token):
    first, _ = await hired(registry, "E1A")
    second, held = await hired(registry, "E1A")
    merged = await merge(registry, first, second)
    assert merged.status == 200
    gone = await registry.get(f"{FHIR}/Practitioner/{second}")
    assert outcome(gone) == (410, "resource-deleted")
    own = (await registry.get(f"{FHIR}/Practitioner/{second}/_history")).json["entry"]
    assert [each["request"]["method"] for each in own] == ["DELETE", "PUT"]
    elsewhere = registry.using(token("hris", units=("SL-N",), subject="sees-no-merge"))
    assert (await elsewhere.get(f"{FHIR}/Practitioner/{second}")).status == 404
    posts = (await registry.get(f"{FHIR}/PractitionerRole/{held}/_history")).json["entry"]
    whose = [each["resource"]["practitioner"]["reference"] for each in posts]
    assert whose == [f"Practitioner/{first}", f"Practitioner/{second}"]

    async def deleted() -> bool:
        return ("DELETE", second, "") in await entries(registry, "Practitioner", _count="200")

    await wait_for(deleted)
    assert (await unmerge(registry, first, second)).status == 200
    back = await registry.get(f"{FHIR}/Practitioner/{second}")
    assert (back.status, back.json["active"]) == (200, True)


async def test_old_changes_leave_what_is_the_newest(registry, settings, clock, monkeypatch):
    """Moved by 401 days, what this module did is old: the pages of a reader go on where they were."""
    code = (await made(registry, "/v1/units", unit()))["unit_code"]
    early = await settled(registry, "Location", code, "1")
    for number in (1, 2):
        await registry.patch(f"/v1/units/{code}", json={"name": f"N{number}"}, if_match=f'"{number}"')
    await settled(registry, "Location", code, "3")
    before = await entries(registry, "Location")
    first = (await registry.get(f"{FHIR}/Location/_history?_count=2")).json
    following = next(each["url"] for each in first["link"] if each["relation"] == "next")
    monkeypatch.setattr(shortening, "AT_ONCE", 1)
    clock.forward(days=401)
    database = Database(settings("registry"))
    try:
        async with database.session() as session:
            while await shortening.shorten(session):
                pass
    finally:
        await database.close()
    newest: dict[str, tuple[str, str, str]] = {}
    for each in reversed(before):
        newest[each[1]] = each
    after = await entries(registry, "Location")
    assert set(after) == set(newest.values()), "each as it is"
    assert ("PUT", code, "3") in after
    assert ("PUT", code, "2") not in after
    rest = [listed(each) for each in (await registry.get(following.removeprefix(registry.url))).json["entry"]]
    seen = [listed(each) for each in first["entry"]]
    assert not set(seen) & set(rest), "nothing comes twice"
    for at in ("2020-01-01T00:00:00Z", early):
        gone = await registry.get(f"{FHIR}/Location/_history", params={"_since": at})
        assert outcome(gone) == (410, "history-shortened"), at
        assert "without _since" in gone.json["issue"][0]["diagnostics"]
    assert (await registry.get(f"{FHIR}/Location/{code}/_history")).json["entry"][2:] != [], (
        "one by one all is there"
    )
