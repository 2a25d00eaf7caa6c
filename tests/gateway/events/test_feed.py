"""The feed of events: whole, in order, and each reader's own."""

import asyncio
from functools import partial

import aiohttp
import orjson
import pytest

from shared.events.assessment import AssessmentCompleted
from shared.events.registry import PeopleChanged
from tests.gateway.events.conftest import copied, everything, ids, shown
from tests.registry.builders import hired, person
from tests.served import Client
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_page_goes_on_after_its_cursor_and_ends(country):
    hris = country.gateway
    who, _ = await hired(country.registry, "E1A")
    everybody = await shown(country, who)
    first = await hris.get("/v1/events", params={"limit": 2})
    assert first.headers["Content-Type"] == "application/cloudevents-batch+json"
    assert ids(first) == [event["id"] for event in everybody[:2]]
    rest, _ = await everything(hris, first.headers["Steward-Cursor"])
    assert [event["id"] for event in rest] == [event["id"] for event in everybody[2:]]
    assert f"after={first.headers['Steward-Cursor']}" in first.headers["Link"]
    assert {event["type"] for event in everybody} >= {"steward.registry.people-changed.v1"}
    assert "traceparent" not in first.json[0]


async def test_nothing_is_missed_while_fifty_write(country):
    _, cursor = await everything(country.gateway)
    async with aiohttp.ClientSession() as http:  # fifty connections that do not outlast this test
        registry = Client(http, country.registry.url, country.registry.token)
        wanted, seen = set(await asyncio.gather(*(_recorded(registry) for _ in range(50)))), set()
    async with asyncio.timeout(20):
        while not wanted <= seen:
            found, cursor = await everything(country.gateway, cursor)
            seen |= {item["person_id"] for event in found for item in event["data"].get("items", ())}


async def _recorded(registry) -> str:
    """A new person; a database that is busy is asked again, as its answer says."""
    body = person()
    async with asyncio.timeout(30):
        while (answer := await registry.post("/v1/people", json=body)).status == 503:
            pass
    assert answer.status in (200, 201), answer.body
    return answer.json["person_id"]


async def test_what_a_completed_assessment_shows(country):
    who, post = await hired(country.registry, "E1A")
    _, cursor = await everything(country.gateway)
    event = await country.happened(
        AssessmentCompleted,
        assessment_id="a-1", person_id=who, post_id=post, unit_code="E1A", scores=[100] * 11, cycle_id=None,
    )  # fmt: skip
    await copied(country.broker)
    found, _ = await everything(country.gateway, cursor)
    (shown,) = [one for one in found if one["id"] == event]
    assert shown["data"] == {"assessment_id": "a-1", "person_id": who, "unit_code": "E1A"}
    assert shown["dataref"] == "/v1/assessments/a-1/result"
    assert shown["time"].endswith("T00:00:00Z")


async def test_an_event_that_is_not_what_its_type_says_holds_up_nobody(country):
    _, cursor = await everything(country.gateway)
    for data in (
        {"person_id": "x", "unit_code": "E1A"},
        {},
        {"person_id": "01a22d2f-2b67-7a18-a52b-87dda36e7777", "unit_code": 7},
        {"items": 1},
        {"items": [1, {"person_id": 7}]},
    ):
        await country.happened(AssessmentCompleted, **data)
        await country.happened(PeopleChanged, **data)
    await country.broker.jetstream().publish(PeopleChanged.subject("north"), b"\xff{")
    after = await _recorded(country.registry)
    found = await shown(country, after, cursor)
    assert [event["data"]["items"][0]["person_id"] for event in found] == [after]


@pytest.mark.parametrize("cursor", ["", "0", "x" * 59, "A" * 60, "é"])
async def test_a_cursor_that_was_not_given_is_refused(country, cursor):
    answer = await country.gateway.get("/v1/events", params={"after": cursor})
    assert (answer.status, answer.code) == (422, "cursor-malformed")


async def test_what_is_not_kept_any_more_is_gone_and_says_where_to_begin(country):
    at = await country.gateway.get("/v1/events", params={"limit": 1})
    who, _ = await hired(country.registry, "E1A")
    await shown(country, who)
    last = await copied(country.broker)
    await country.broker.jetstream().purge_stream("FEED", seq=last)
    for path in ("/v1/events", "/v1/events/stream"):
        answer = await country.gateway.get(path, params={"after": at.headers["Steward-Cursor"]})
        assert (answer.status, answer.code) == (410, "cursor-expired"), path
        assert "</v1/events/snapshot>" in answer.headers["Link"]


async def test_the_snapshot_joins_the_feed_without_a_gap_or_a_double(country):
    """People are written before, while and after it is read; every version is met once."""
    stop = asyncio.Event()

    async def write() -> None:
        while not stop.is_set():
            await _recorded(country.registry)

    writing = [asyncio.create_task(write()) for _ in range(3)]
    start = (await country.gateway.get("/v1/events/snapshot")).json
    assert "/v1/people" in [each["href"] for each in start["lists"]]
    known, cursor = {}, None
    while True:
        params = {"limit": "20"} | ({"cursor": cursor} if cursor else {})
        page = (await country.registry.get("/v1/people", params=params)).json
        for item in page["items"]:
            assert item["person_id"] not in known
            known[item["person_id"]] = item["version"]
        cursor = page["next"]
        if cursor is None:
            break
    stop.set()
    await asyncio.gather(*writing)
    stored = {row["person_id"]: row["version"] for row in await _all_people(country.registry)}
    cursor = start["cursor"]
    async with asyncio.timeout(20):
        while known != stored:
            found, cursor = await everything(country.gateway, cursor)
            for item in (item for event in found for item in event["data"].get("items", ())):
                if "person_id" in item and item["version"] > known.get(item["person_id"], 0):
                    known[item["person_id"]] = item["version"]


async def _all_people(registry) -> list:
    found, cursor = [], None
    while True:
        params = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
        page = (await registry.get("/v1/people", params=params)).json
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            return found


async def test_a_stream_says_the_same_and_goes_on_where_it_broke_off(country):
    begun = (await country.gateway.get("/v1/events/snapshot")).json["cursor"]
    first = await _recorded(country.registry)
    event, cursor = await _next_of(country.gateway, {"after": begun}, {})
    assert event["data"]["items"][0]["person_id"] == first
    paged, _ = await everything(country.gateway, begun)
    assert event == paged[0]
    waiting = asyncio.create_task(_next_of(country.gateway, {}, {"Last-Event-ID": cursor}))
    second = await _recorded(country.registry)
    event, _ = await waiting
    assert event["data"]["items"][0]["person_id"] == second


async def _next_of(client, params: dict, headers: dict) -> tuple[dict, str]:
    """The next event of a new stream, and its id."""
    every = {"Authorization": f"Bearer {client.token}", **headers}
    async with (
        asyncio.timeout(20),
        client.http.get(f"{client.url}/v1/events/stream", params=params, headers=every) as answer,
    ):
        assert answer.status == 200, await answer.read()
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in answer.content:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            fields[name] = value
            if not line.strip() and "data" in fields:
                return orjson.loads(fields["data"]), fields["id"]
    raise AssertionError("the stream ended")


async def test_streams_of_one_reader_are_bounded(country):
    """Those that are opened at once, too: each finds room before the others have begun."""
    reader = country.reader("hris", units=("SL",), subject="greedy")
    headers = {"Authorization": f"Bearer {reader.token}"}
    async with aiohttp.ClientSession() as http:
        opened = await asyncio.gather(
            *(http.get(f"{reader.url}/v1/events/stream", headers=headers) for _ in range(12))
        )
        assert sorted(answer.status for answer in opened) == [200] * 8 + [503] * 4
        assert (await reader.get("/v1/events/stream")).code == "streams-full"
        for answer in opened:
            answer.close()
    await wait_for(partial(_open_again, reader), timeout=30)


async def _open_again(reader) -> bool:
    headers = {"Authorization": f"Bearer {reader.token}"}
    async with reader.http.get(f"{reader.url}/v1/events/stream", headers=headers) as answer:
        return answer.status == 200


async def test_a_reader_that_goes_away_in_mid_stream_is_no_error(country, caplog, monkeypatch):
    """Closed at any moment: before the first event, between two, while the next one waits to be sent."""
    begun = (await country.gateway.get("/v1/events/snapshot")).json["cursor"]
    for _ in range(30):
        await _recorded(country.registry)
    await wait_for(partial(_shown, country, begun, 30))
    caplog.clear()
    before = country.app.state.live_events.streams  # those of other tests are noticed by and by
    monkeypatch.setattr(
        "fastapi.routing._PING_INTERVAL", 0.2
    )  # seconds; who is gone is noticed by the next line
    for number, read in enumerate((0, 1, 200, 5_000, 20_000) * 4):
        reader = country.reader("hris", units=("SL",), subject=f"leaving-{number}")
        headers = {"Authorization": f"Bearer {reader.token}"}
        answer = await country.gateway.http.get(
            f"{country.gateway.url}/v1/events/stream", params={"after": begun}, headers=headers
        )
        await answer.content.read(read)
        answer.close()
    await wait_for(lambda: country.app.state.live_events.streams <= before)
    assert [line.getMessage() for line in caplog.records if line.levelname == "ERROR"] == []


async def _shown(country, begun: str, count: int) -> bool:
    return len((await everything(country.gateway, begun))[0]) >= count
