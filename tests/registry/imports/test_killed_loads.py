"""A registry that is killed in the middle of a load leaves nothing half done, and the next goes on from there."""

import asyncio
import io
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import asyncpg
import msgspec
import pytest

from deploy.local.processes import free_port
from shared.settings import Settings
from tests.registry.builders import person, source_client
from tests.registry.imports.full_lists import NDJSON, full, load, staffed
from tests.served import Answer, Client
from tests.servers import wait_for

LINES = 20_000
PATIENCE = 60.0  # seconds in which a busy machine starts a process
# The session that waits for a row which the session $1 holds, in a statement about the table $2.
_HELD_UP = """
select pid from pg_stat_activity where $1 = any(pg_blocking_pids(pid)) and query like '%' || $2 || '%'
"""
_GONE = "select not exists (select from pg_stat_activity where pid = $1)"
_STORED = "select count(*) from person where external_id like 'killed-%'"
_PUBLISHED = "select count(*) from outbox where subject like '%people-changed%'"


@asynccontextmanager
async def process(
    settings: Callable[..., Settings], token: str
) -> AsyncIterator[tuple[subprocess.Popen, Client]]:
    """One more registry on the same servers, as a process of its own, and a client of it."""
    port = free_port()
    given = settings("registry", port=port).model_dump(mode="json", exclude_defaults=True)
    environment = {
        f"STEWARD_{name.upper()}": str(value) for name, value in given.items() if name != "service"
    }
    command = [sys.executable, "-m", "shared.server", "registry"]
    victim = subprocess.Popen(command, env=os.environ | environment)
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as http:

            async def ready() -> bool:
                try:
                    async with http.get(f"{url}/readyz") as answer:
                        return answer.status == 200
                except aiohttp.ClientConnectionError:
                    return False

            await wait_for(ready, timeout=PATIENCE)
            yield victim, Client(http, url, token)
    finally:
        victim.kill()
        victim.wait()


class Held:
    """A person's row, locked, so that whatever wants to change it waits.

    Who waits is looked up by a session of its own: within a transaction PostgreSQL shows the same sessions always.
    """

    def __init__(self, holding: asyncpg.Connection, looking: asyncpg.Connection) -> None:
        self._holding, self._looking = holding, looking

    @asynccontextmanager
    async def row(self, external_id: str) -> AsyncIterator[None]:
        transaction = self._holding.transaction()
        await transaction.start()
        await self._holding.execute("select from person where external_id = $1 for update", external_id)
        try:
            yield
        finally:
            await transaction.rollback()

    async def kill(self, victim: subprocess.Popen, asked: "asyncio.Task[Answer]", table: str) -> int:
        """Kill the process once its statement about a table waits for the row. The session that it leaves."""
        own = self._holding.get_server_pid()

        async def held_up() -> int | None:
            assert not asked.done(), await asked
            return await self._looking.fetchval(_HELD_UP, own, table)

        session: int = await wait_for(held_up, timeout=PATIENCE)
        victim.kill()
        victim.wait()
        return session

    async def gone(self, session: int) -> None:
        """Wait until PostgreSQL has rolled the session back."""
        await wait_for(lambda: self._looking.fetchval(_GONE, session), timeout=PATIENCE)

    async def count(self, statement: str) -> int:
        """The one number that a statement selects."""
        number: int = await self._looking.fetchval(statement)
        return number


@pytest.mark.timeout(240)
async def test_killed_in_a_load_while_a_full_list_waits_and_while_one_is_applied(
    registry, token, settings, service_database, clock
):
    sessions = [await asyncpg.connect(service_database("registry")) for _ in range(2)]
    held = Held(*sessions)
    try:
        client = await source_client(registry, token, "killed-full", units=("SL-E",))
        people = await staffed(client, "waits", 22)
        known = person(external_id="killed-0")
        await load(registry, [known])
        published = await held.count(_PUBLISHED)
        lines = [known | {"cadre": "Midwife"}]
        lines += [person(external_id=f"killed-{n}", family_name=f"Family{n}") for n in range(1, LINES)]
        body, import_id = b"\n".join(map(msgspec.json.encode, lines)), str(uuid4())

        async with process(settings, registry.token) as (victim, its):
            waiting = (await full(its.using(client.token), people[:1])).json
            assert (waiting["absent_count"], waiting["deactivated"]) == (21, 0)
            async with held.row("killed-0"):
                params = {"import_id": import_id}
                at = "/v1/imports/people"
                sending = asyncio.create_task(
                    its.post(at, data=io.BytesIO(body), headers=NDJSON, params=params)
                )
                session = await held.kill(victim, sending, "person_line")
                with pytest.raises(aiohttp.ClientError):
                    await sending
            await held.gone(session)
        assert (await held.count(_STORED), await held.count(_PUBLISHED)) == (1, published), (
            "nothing half stored"
        )
        clock.forward(minutes=2)
        found = (await registry.get(f"/v1/imports/{import_id}")).json
        assert (found["state"], found["created"], found["ended_at"]) == ("interrupted", None, None)
        assert (await registry.get(f"/v1/imports/{import_id}/report")).code == "import-without-report"
        again = (await load(registry, lines)).json
        assert (again["created"], again["updated"], again["rejected_count"]) == (LINES - 1, 1, 0)
        assert await held.count(_STORED) == LINES

        at = f"/v1/imports/{waiting['import_id']}"
        second = token("programme-manager", units=("SL",), subject="killed-second")
        shown = (await registry.using(second).get(at)).json
        assert shown["absence"] == "waiting", "whoever made it is gone, it waits still"
        digest = {"digest": shown["absent_digest"]}
        async with process(settings, second) as (victim, its):
            async with held.row(people[5]["external_id"]):
                approving = asyncio.create_task(its.post(f"{at}/approve", json=digest))
                session = await held.kill(victim, approving, "leaver")
                with pytest.raises(aiohttp.ClientError):
                    await approving
            await held.gone(session)
        assert (await registry.using(second).get(at)).json["absence"] == "waiting"
        assert (await load(client, people[:1])).json["unchanged"] == 1
        approved = await registry.using(second).post(f"{at}/approve", json=digest)
        assert (approved.status, approved.json["absence"]) == (200, "approved")
        assert (await full(client, people[:1])).json["absent_count"] == 0
    finally:
        for one in sessions:
            await one.close()
