"""A pull that is killed, and a registry that is killed under one: what was done stays, the rest follows, once."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from aiohttp import web

from deploy.local.processes import free_port
from shared.settings import Settings
from tests.deploy.facility_registry.test_pull import Directory, place, put
from tests.gateway.services import Service, running
from tests.registry.builders import plant, source_client
from tests.served import Client
from tests.servers import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(20), pytest.mark.timeout(400)]
STEWARD = (sys.executable, "-c", "from deploy.cli import main; main()")
PLACES = 110  # in batches of 50
SECONDS = 120.0  # until something has happened, on a machine that does a lot besides


class Pulls:
    """A national registry, a Steward that follows it, and the command that pulls, as a process of its own."""

    def __init__(self, directory: Directory, way: Service, client: Client, folder: Path) -> None:
        self.directory, self.way, self.client, self.folder = directory, way, client, folder

    async def start(self, into: str, system: str) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *STEWARD, "mcsd", "pull", f"{self.directory.service.url}/fhir", "--system", system, "--under", "SL",
            "--bookmark", str(self.folder / system), "--into", into,
            env=os.environ | {"STEWARD_TOKEN": str(self.client.token)},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    async def report(self, into: str, system: str) -> dict[str, Any]:
        """The report of a pull that comes to its end."""
        process = await self.start(into, system)
        out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return dict(json.loads(out))

    async def known(self, system: str) -> dict[str, str]:
        """The version of each unit that the registry of this system knows, by its id there."""
        wanted = f"urn:steward:source-system:{system}"
        found: dict[str, str] = {}
        link = f"/fhir/r4/Location?_count=200&identifier={wanted}|"
        answer = await self.client.get(link)
        for entry in answer.json.get("entry", []):
            for each in entry["resource"]["identifier"]:
                if each["system"] == wanted:
                    assert each["value"] not in found, "there are two of it"
                    found[each["value"]] = entry["resource"]["meta"]["versionId"]
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(serve: Callable[[str], Awaitable[Client]], token: Callable[..., str]) -> Client:
    root = (await serve("registry")).using(token("hris", units=("SL",)))
    await plant(root)
    return await source_client(root, token, "puller", "mfl")


@pytest_asyncio.fixture(loop_scope="module")
async def pulls(client: Client, tmp_path: Path) -> AsyncIterator[Pulls]:
    async with running("national", "way") as services:
        directory = Directory(services["national"])
        directory.entries = [put(place(f"p{number}", None)) for number in range(PLACES)]
        yield Pulls(directory, services["way"], client, tmp_path)


class Held:
    """A request that is there, and is not answered until it is let go."""

    def __init__(self) -> None:
        self.reached, self.free = asyncio.Event(), asyncio.Event()

    async def here(self) -> None:
        self.reached.set()
        await self.free.wait()

    async def come(self) -> None:
        await asyncio.wait_for(self.reached.wait(), SECONDS)


def hold_page(directory: Directory, start: int) -> Held:
    """The page of the national registry that begins so is held, once."""
    held = Held()

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.query.get("page") == str(start) and not held.free.is_set():
            await held.here()
        return await directory.answer(request)

    directory.service.answer("/fhir/Location/_history", answer)
    return held


Step = Callable[[], Awaitable[None]]


def relay(way: Service, url: str, *, before: Step | None = None, after: Step | None = None) -> None:
    """Pass what comes to `way` on to Steward; something happens `before` or `after` the second batch."""
    batches = 0

    async def passed(request: web.Request) -> web.StreamResponse:
        nonlocal batches
        body = await request.read()
        batches += request.path == "/fhir/r4"
        second = request.path == "/fhir/r4" and batches == 2
        if second and before is not None:
            await before()
        kept = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        async with (
            aiohttp.ClientSession() as http,
            http.post(url + request.path, data=body, headers=kept) as answer,
        ):
            content = await answer.read()
        if second and after is not None:
            await after()
        return web.Response(body=content, status=answer.status, content_type="application/fhir+json")

    for path in ("/fhir/r4", "/fhir/r4/Location/_search"):
        way.answer(path, passed)


async def kill(process: asyncio.subprocess.Process) -> None:
    process.send_signal(signal.SIGKILL)
    assert await process.wait() == -signal.SIGKILL


async def test_a_pull_that_is_killed_goes_on_where_it_was(pulls: Pulls):
    page = hold_page(pulls.directory, 60)
    reading = await pulls.start(pulls.client.url, "mfl")
    await page.come()
    await kill(reading)
    page.free.set()
    assert await pulls.known("mfl") == {}, "nothing is applied before everything is read"

    batch = Held()
    relay(pulls.way, pulls.client.url, after=batch.here)
    asked = len(pulls.directory.service.asked)
    applying = await pulls.start(pulls.way.url, "mfl")
    await batch.come()
    await kill(applying)  # the second batch is applied, and its answer never comes
    pages = [each.query.get("page") for each in pulls.directory.service.asked[asked:]]
    assert pages == [str(start) for start in range(60, PLACES, 2)], "what was read is not read again"
    applied = await pulls.known("mfl")
    assert len(applied) == 100

    report = await pulls.report(pulls.client.url, "mfl")
    counted = {name: report.get(name, 0) for name in ("read", "created", "updated", "unchanged", "refused")}
    assert counted == {"read": PLACES, "created": PLACES - 50, "updated": 0, "unchanged": 50, "refused": 0}
    known = await pulls.known("mfl")
    assert known.keys() == {f"p{number}" for number in range(PLACES)}
    assert {id_: known[id_] for id_ in applied} == applied, "nothing is written twice"
    assert len(pulls.directory.service.asked) == asked + len(pages)


@asynccontextmanager
async def registry(settings: Settings, port: int, log: Path) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A registry as a process, on the database of the served one."""
    names = ("instance", "mode", "database_url", "nats_url", "nats_user", "nats_password", "oidc_issuer",
             "oidc_jwks_url", "subject_pepper", "clock_file")  # fmt: skip
    known = {f"STEWARD_{name.upper()}": str(getattr(settings, name)) for name in names}
    command = [sys.executable, "-m", "shared.server", "registry"]
    with log.open("ab") as written:
        environment = os.environ | known | {"STEWARD_PORT": str(port)}
        process = subprocess.Popen(command, env=environment, stderr=written, stdout=subprocess.DEVNULL)

    async def serves() -> bool:
        return await answers(port)

    try:
        await wait_for(serves, SECONDS)
        yield process
    finally:
        process.kill()
        process.wait()


async def answers(port: int) -> bool:
    try:
        async with (
            aiohttp.ClientSession() as http,
            http.get(f"http://127.0.0.1:{port}/fhir/r4/metadata") as answer,
        ):
            return answer.status == 401
    except aiohttp.ClientError:
        return False


async def test_a_registry_that_is_killed_under_a_batch_has_it_whole_or_not_at_all(
    pulls: Pulls, settings: Callable[..., Settings], token: Callable[..., str], tmp_path: Path
):
    pulls.client = await source_client(pulls.client, token, "puller-2", "mfl-2")
    known, port, log = settings("registry"), free_port(), tmp_path / "registry.log"
    holder = await asyncpg.connect(known.database_url)
    own = await holder.fetchval("select pg_backend_pid()")
    blocked = "select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid))"
    transaction = holder.transaction()

    async def hold() -> None:
        """No unit comes below SL from now on: the batch waits in its transaction."""
        await transaction.start()
        await holder.execute("select from unit where unit_code = 'SL' for update")

    url = f"http://127.0.0.1:{port}"
    relay(pulls.way, url, before=hold)
    async with registry(known, port, log) as served:
        pulling = await pulls.start(pulls.way.url, "mfl-2")

        async def waits() -> list[int]:
            return [row["pid"] for row in await holder.fetch(blocked, own)]

        waiting = await wait_for(waits, SECONDS)
        served.send_signal(signal.SIGKILL)
        served.wait()
    _, err = await pulling.communicate()
    assert pulling.returncode == 2, err.decode()
    await transaction.rollback()

    async def ended() -> bool:
        busy = "select from pg_stat_activity where pid = any($1::int[]) and xact_start is not null"
        return not await holder.fetch(busy, waiting)

    await wait_for(ended, SECONDS)
    applied = await pulls.known("mfl-2")
    assert len(applied) == 50, "the first batch, and nothing of the second"

    async with registry(known, port, log):
        report = await pulls.report(url, "mfl-2")
    counted = {name: report.get(name, 0) for name in ("read", "created", "updated", "unchanged", "refused")}
    assert counted == {"read": PLACES, "created": PLACES, "updated": 0, "unchanged": 0, "refused": 0}
    everything = await pulls.known("mfl-2")
    assert everything.keys() == {f"p{number}" for number in range(PLACES)}
    assert {id_: everything[id_] for id_ in applied} == applied
    await holder.close()
