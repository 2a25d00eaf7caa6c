"""Nonsense at every documented door, and what may never be found outside registry."""

import asyncio
import json
import sqlite3
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from functools import partial

import aiohttp
import nats
import pytest
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from deploy.data_folder.contents import EXAMPLES
from deploy.data_folder.issuer import ROLES
from deploy.demo import examples, examples_of_operators, rating, timeline
from deploy.demo.mandoria import ROOT
from deploy.services import NAMES as SERVICES
from shared.events.assessment import AssessmentCompleted
from tests.flow import deactivated, page
from tests.flow.nonsense import CANARY, KINDS, calls
from tests.flow.stacks import Flow, running
from tests.servers import wait_for

pytestmark = [pytest.mark.slow(40), pytest.mark.timeout(240)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow() -> AsyncIterator[Flow]:
    """A stack in which everybody was rated."""
    async with running() as started:
        await rating.first_cycle(started.run)
        yield started


async def counts(flow: Flow) -> dict[str, int]:
    """Rows of what callers own, by table."""
    owned = {
        "registry": ("unit", "person", "post"),
        "assessment": ("cycle", "response", "framework_version"),
        "planning": ("plan", "activity", "limits"),
        "evaluation": ("reaction", "learning_result"),
    }
    return {
        f"{service}.{table}": int((await flow.ids(service, f"select count(*) from {table}"))[0])
        for service, tables in owned.items()
        for table in tables
    }


async def test_nonsense_is_answered_by_a_problem_and_stores_nothing(flow: Flow):
    stack = flow.stack
    tokens = {
        "nobody": "no.token.atall",
        "leader": stack.token("leader", (), "a-stranger"),
        "ops": stack.token("ops"),
        "elsewhere": stack.token("programme-manager", ("ELSEWHERE",), "elsewhere"),
        "manager": stack.token("programme-manager", (ROOT,), "manager"),
        "hris": stack.token("hris", (ROOT,), "hris-of-this"),
    }
    before, wrong, gate = await counts(flow), list[str](), asyncio.Semaphore(8)
    async with aiohttp.ClientSession() as client:
        async with client.get(f"{stack.gateway_url}/openapi.json") as answer:
            document = await answer.json()

        async def one(who: str, method: str, path: str, body: bytes | None) -> None:
            kind = next((kind for part, kind in KINDS.items() if part in path), "application/json")
            headers = {"Authorization": f"Bearer {tokens[who]}", "Content-Type": kind, "If-Match": '"1"'}
            headers["User-Agent"] = CANARY["family_name"]
            async with (
                gate,
                client.request(method, stack.gateway_url + path, data=body, headers=headers) as found,
            ):
                text = (await found.read())[:200]
                problem = "problem+json" in found.headers.get("Content-Type", "")
                if found.status >= 500 or (found.status >= 400 and not problem):
                    wrong.append(f"{found.status} {who} {method} {path[:80]} {body!r:.40}: {text!r}")
                if who == "nobody" and path.startswith("/v1/") and found.status != 401:
                    wrong.append(f"{found.status} without a token: {method} {path[:80]}")

        await asyncio.gather(*(one(*call) for call in calls(document)))
    assert wrong == []
    assert await counts(flow) == before


async def test_names_and_outside_ids_are_found_in_registry_alone(flow: Flow):
    people = [post.person for post in flow.run.country.posts]
    private = {word for each in people for word in (each.key, each.subject, f"{each.given} {each.family}")}
    private |= {each.family for each in people if len(each.family) > 5} | set(CANARY.values())
    await _a_person_with_contacts(flow)
    for place, text in await everything_written(flow):
        found = {word for word in private if word in text}
        assert not found, f"{place} holds {sorted(found)[:3]}"


async def _a_person_with_contacts(flow: Flow) -> None:
    """The canary comes in as the HRIS sends people, one by one and as a list; and once where it is refused."""
    line = json.dumps(CANARY | {"active": True}).encode()
    stack = flow.stack
    headers = {"Authorization": f"Bearer {stack.token('hris', (ROOT,), 'hris')}"}
    key = {"Idempotency-Key": CANARY["email"]}
    async with aiohttp.ClientSession(stack.gateway_url, headers=headers) as client:
        async with client.post("/v1/people", json=CANARY, headers=key) as made:
            assert made.status == 201, await made.text()
        async with client.post("/v1/people", json=CANARY) as again:
            assert again.status in {200, 409}, await again.text()
        kind = {"Content-Type": "application/x-ndjson"}
        async with client.post("/v1/imports/people", data=line + b"\n{" + line, headers=kind) as listed:
            assert listed.status < 500


async def test_every_line_of_every_process_has_its_fields(flow: Flow):
    """Uvicorn's own lines too; PostgreSQL and nats-server have forms of their own."""
    logs = flow.stack.folder / "logs"
    for name in SERVICES:
        lines = [json.loads(line) for line in (logs / f"{name}.log").read_text().splitlines()]
        assert {"uvicorn.error"} <= {line["logger"] for line in lines}
        for line in lines:
            assert {"time", "level", "logger", "trace_id", "span_id", "event_id", "message"} <= line.keys()
            assert (line["service"], line["instance"]) == (name, "north")
    assert (logs / "traces.log").read_text() == ""


async def everything_written(flow: Flow) -> list[tuple[str, str]]:
    """Logs, every event in every stream, and all recorded spans."""
    folder = flow.stack.folder
    logs = [(file.name, file.read_text(errors="replace")) for file in (folder / "logs").glob("*.log")]
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    jetstream, events = client.jetstream(), list[str]()
    for stream in ("LOCAL", "UP", "DOWN"):
        state = (await jetstream.stream_info(stream)).state
        for number in range(state.first_seq, state.last_seq + 1):
            events.append(((await jetstream.get_msg(stream, number)).data or b"").decode())  # awaits
    await client.close()
    assert len(events) > 100
    store = sqlite3.connect(folder / "traces.db")
    tables = [name for (name,) in store.execute("select name from sqlite_master where type = 'table'")]
    spans = "\n".join(repr(row) for table in tables for row in store.execute(f"select * from {table}"))
    store.close()
    assert len(spans) > 10_000
    return [*logs, ("streams", "\n".join(events)), ("traces", spans)]


async def test_nobody_else_can_read_what_a_stack_stores(flow: Flow):
    folder = flow.stack.folder
    ours = [path for path in folder.rglob("*") if path.name != "owner" and not path.is_symlink()]
    assert {"secrets.json", "stack.json", "issuer.pem", "traces.db"} <= {path.name for path in ours}
    for path in (folder, *ours):
        with suppress(FileNotFoundError):  # a database's files beside it come and go
            mode = stat.S_IMODE(path.stat().st_mode)
            assert mode & 0o077 == 0, (path, oct(mode))
    assert stat.S_IMODE((folder / "postgres").resolve().stat().st_mode) == 0o700


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def leader(flow: Flow) -> str:
    """A facility manager, for whom the API page is filled in."""
    posts = (post for post in flow.run.country.posts if post.role_code == "facility-manager")
    found = next(posts).person.subject
    fill_in(flow, await examples.prepare(flow.api, ROOT, found))
    return found


def fill_in(flow: Flow, found: examples.Examples) -> None:
    (flow.stack.folder / EXAMPLES).write_text(json.dumps(found))


async def executed(flow: Flow, leader: str, method: str, only: tuple[str, ...] = ()) -> dict[str, str]:
    """Status and text by `METHOD /path`, for all that the page tries out untouched, or for `only` these."""
    token = flow.stack.issuer.token(*ROLES, units=(ROOT,), subject=leader, client=False)
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(flow.stack.gateway_url, headers=headers) as client:
        async with client.get("/openapi.json") as answer:
            document = await answer.json()
        found = {}
        for path, operation in page.tried(document, method, only):
            status, text = await page.execute(client, method, path, operation)
            found[f"{method.upper()} {path}"] = f"{status} {text[:300]}"
        return found


@pytest.mark.parametrize("method", ["get", "post"])
async def test_the_api_page_works_as_it_is_filled_in(flow: Flow, leader: str, method: str):
    """Each GET, then each POST, untouched; before what follows, since commands change the country."""
    found = await executed(flow, leader, method)
    assert len(found) > 20
    assert not {key: said for key, said in found.items() if not said.startswith(("200", "201", "204"))}


DEAD = "00000000-0000-4000-8000-00000000dead"
LETTERS = (
    "/v1/dead-letters/{seq}",
    "/v1/dead-letters/{seq}/replay",
    "/v1/dead-letters/replays",
    "/v1/dead-letters/{seq}/drop",
)


async def test_the_api_page_works_where_there_are_dead_letters(flow: Flow, leader: str):
    """Three services give an event up that cannot be read. It fails again at every replay, and can be dropped."""
    client = await nats.connect(flow.stack.nats.url, user=ADMIN, password=flow.stack.secrets[ADMIN])
    event = f'{{"specversion": "1.0", "id": "{DEAD}", "data": {{"scores": "none"}}}}'.encode()
    subject = AssessmentCompleted.subject(flow.stack.settings.instance)
    await client.jetstream().publish(subject, event, headers={"Nats-Msg-Id": DEAD})
    await client.close()

    async def buried() -> bool:
        return bool((await flow.api.get("/v1/flow", who="ops"))["dead_letters"] == 3)

    await wait_for(buried, timeout=30)
    fill_in(flow, await examples_of_operators.letters(flow.api))
    found = await executed(flow, leader, "get", LETTERS)
    found |= await executed(flow, leader, "post", LETTERS)
    said = {key.removeprefix("POST /v1/dead-letters/"): text for key, text in found.items()}
    assert said.pop("GET /v1/dead-letters/{seq}").startswith("200")
    assert "replay-failed" in said["{seq}/replay"]
    assert said.pop("{seq}/replay").startswith("409")
    assert json.loads(said.pop("replays")[4:])["failed"] >= 1
    assert said.pop("{seq}/drop").startswith("200")
    assert said == {}


async def test_the_api_page_answers_a_check_in_that_is_due(flow: Flow, leader: str):
    await timeline.advance(flow.api, timedelta(days=examples_of_operators.CHECK_IN + 1))
    due = partial(examples_of_operators.check_in, flow.api, f"leader:{leader}")
    fill_in(flow, await flow.api.until("a check-in", due, bool))
    found = await executed(flow, leader, "post", ("/v1/follow-ups/{follow_up_id}/answer",))
    assert [text[:3] for text in found.values()] == ["200"], found


async def test_who_is_deactivated_by_scim_is_asked_nothing_more(flow: Flow):
    await deactivated.is_asked_nothing_more(flow)
