"""The client at a server that answers as a test wants it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web

from steward_client import Client, Problem, Retries

pytestmark = pytest.mark.asyncio(loop_scope="module")
QUICK = Retries(patience=5, first=0.001, longest=0.001)


@dataclass
class Server:
    """Answers in turn, and what was asked; `None` breaks the connection off."""

    client: Client
    answers: list[tuple[int, Any, dict[str, str]] | None] = field(default_factory=list)
    asked: list[tuple[web.BaseRequest, bytes]] = field(default_factory=list)

    def then(self, status: int, json: Any = None, **headers: str) -> "Server":
        """Answer so, after what was said before."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, json, named))
        return self

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append((request, await request.read()))
        answer = self.answers.pop(0)
        if answer is None:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        status, json, headers = answer
        if isinstance(json, str):
            return web.Response(text=json, status=status, headers=headers)
        return web.json_response(json, status=status, headers=headers)


@pytest_asyncio.fixture(loop_scope="module")
async def server() -> AsyncIterator[Server]:
    runner = web.ServerRunner(web.Server(lambda request: made.answer(request)), shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    async with Client(f"http://127.0.0.1:{port}/", "secret", retries=QUICK) as client:
        made = Server(client)
        yield made
    await runner.cleanup()


async def test_a_command_is_sent_again_under_its_key(server: Server):
    server.then(503, {"code": "service-away"}, Retry_After="0").then(502, {"code": "service-failed"})
    server.answers.append(None)
    server.then(201, {"person_id": "p"})
    made = await server.client.post_people({"family_name": "Kamara"}, system="hris")
    assert made["person_id"] == "p"
    keys = {request.headers["Idempotency-Key"] for request, _ in server.asked}
    assert (len(keys), len(server.asked)) == (1, 4)
    request, body = server.asked[-1]
    assert (request.method, request.path_qs, body) == (
        "POST",
        "/v1/people?system=hris",
        b'{"family_name":"Kamara"}',
    )
    assert request.headers["Authorization"] == "Bearer secret"


async def test_what_might_have_been_done_is_not_sent_again_without_a_key(server: Server):
    server.then(502, {"code": "service-failed"})
    with pytest.raises(Problem) as refused:
        await server.client.call("POST", "/v1/webhooks", json={})
    assert refused.value.code == "service-failed"
    server.answers.append(None)
    with pytest.raises(Problem) as lost:
        await server.client.call("POST", "/v1/webhooks", json={})
    assert lost.value.code == "not-reached"
    server.then(503, {"code": "database-away"}, Retry_After="0")
    with pytest.raises(Problem) as unknown:
        await server.client.call("POST", "/v1/webhooks", json={})
    assert unknown.value.code == "database-away"
    assert len(server.asked) == 3


async def test_lines_that_can_be_read_once_are_sent_once(server: Server):
    server.then(503, {"code": "loads-busy"}, Retry_After="10")
    with pytest.raises(Problem) as refused:
        await server.client.post_imports_leavers({"external_id": str(n), "on": "2026-01-01"} for n in (1, 2))
    assert (refused.value.code, refused.value.retry_after) == ("loads-busy", 10.0)
    assert server.asked[0][1].count(b"\n") == 2
    assert server.asked[0][0].headers["Content-Type"] == "application/x-ndjson"


async def test_patience_ends(server: Server):
    for _ in range(2):
        server.then(503, {"code": "database-away"}, Retry_After="1")
    server.client.retries = Retries(patience=0.5)
    with pytest.raises(Problem) as refused:
        await server.client.get_units_by_code("K-1")
    assert refused.value.code == "database-away"
    assert len(server.asked) == 1


async def test_nobody_there_is_a_problem():
    async with Client("http://127.0.0.1:9", "secret", retries=Retries(patience=0)) as client:
        with pytest.raises(Problem) as refused:
            await client.get_me()
    assert (refused.value.code, refused.value.status) == ("not-reached", 503)


async def test_a_list_is_read_to_its_end(server: Server):
    server.then(200, {"items": [{"unit_code": "A"}], "next": "n/1"})
    server.then(200, {"items": [{"unit_code": "B"}], "next": None})
    found = [unit["unit_code"] async for unit in server.client.all_units(under="SL", level="facility")]
    assert found == ["A", "B"]
    queries = [dict(request.rel_url.query) for request, _ in server.asked]
    assert queries[0] == {"under": "SL", "level": "facility", "limit": "200"}
    assert queries[1] == {**queries[0], "cursor": "n/1"}


async def test_paths_and_versions_are_written_as_the_api_reads_them(server: Server):
    server.then(200, {})
    await server.client.patch_units_by_code("a/b c?", {"rural": True}, if_match=3)
    request, _ = server.asked[0]
    assert request.raw_path == "/v1/units/a%2Fb%20c%3F"
    assert request.headers["If-Match"] == '"3"'


@pytest.mark.parametrize("step", ["", ".", ".."])
async def test_an_id_that_leads_elsewhere_is_not_sent(server: Server, step: str):
    with pytest.raises(ValueError, match="no step of a path"):
        await server.client.delete_clients_by_client_id_secrets_by_secret_id("c", step)
    assert server.asked == []


async def test_a_token_is_not_taken_to_another_address(server: Server):
    server.then(302, {}, Location="/elsewhere").then(302, {}, Location="/elsewhere")
    with pytest.raises(Problem) as refused:
        await server.client.get_me()
    with pytest.raises(Problem) as stream:
        await anext(server.client.event_stream())
    assert (refused.value.status, stream.value.status, len(server.asked)) == (302, 302, 2)


async def test_a_token_may_be_asked_for_at_each_call(server: Server):
    tokens = iter(["first", "second"])

    async def fresh() -> str:
        return next(tokens)

    server.then(200, {}).then(200, {})
    acting = server.client.using(fresh)
    await acting.get_me()
    await acting.get_me()
    assert [request.headers["Authorization"] for request, _ in server.asked] == [
        "Bearer first",
        "Bearer second",
    ]


async def test_events_are_followed_to_the_end(server: Server):
    server.then(200, [{"id": "1"}], Steward_Cursor="c1", Steward_At_End="false")
    server.then(200, [], Steward_Cursor="c2", Steward_At_End="true")
    found = [batch async for batch in server.client.event_batches("c0")]
    assert [(len(batch.events), batch.cursor, batch.at_end) for batch in found] == [
        (1, "c1", False),
        (0, "c2", True),
    ]
    assert [request.rel_url.query["after"] for request, _ in server.asked] == ["c0", "c1"]


async def test_the_stream_gives_events_and_positions(server: Server):
    event, position = 'id: c1\nevent: event\ndata: {"id": "1"}\n\n', "id: c2\nevent: position\ndata: {}\n\n"
    server.then(200, f"retry: 1000\n\n: alive\n\n{event}{position}")
    found = [(each.event, each.cursor) async for each in server.client.event_stream("c0")]
    assert found == [({"id": "1"}, "c1"), (None, "c2")]
    assert server.asked[0][0].headers["Last-Event-ID"] == "c0"


async def test_many_calls_at_once_share_the_connections(server: Server):
    for _ in range(40):
        server.then(200, {"person_id": "p"})
    found = await asyncio.gather(*(server.client.get_people_by_person_id(str(n)) for n in range(40)))
    assert len(found) == 40
    assert len({request.transport for request, _ in server.asked}) <= 16
