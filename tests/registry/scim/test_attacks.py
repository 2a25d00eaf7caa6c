"""Identity systems that would store without end; locks of a bulk request that outlive what was refused."""

import asyncio
from contextlib import suppress
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.scim.api import storage
from services.registry.scim.api.storage import Storage
from shared.auth.caller import DEVELOPMENT_ISSUER, Caller, subject_key
from shared.database.unit_of_work import UnitOfWork
from shared.errors import NotFound
from tests.registry.builders import source_client
from tests.registry.scim.builders import BULK, HEALTH, USERS, found, held, made, patch, refused, user
from tests.served import application

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(registry, token):
    return await source_client(registry, token, "directory")


async def test_a_list_that_waits_is_no_longer_than_one_that_is_held(client):
    days = [
        f"20{year:02}-{month:02}-{day:02}"
        for year in range(30, 32)
        for month in range(1, 11)
        for day in range(1, 27)
    ]
    posts = [held(start=day, end=day) for day in days]
    sent = user(active=False, **{HEALTH: {"posts": posts}})
    refused(await client.post(USERS, json=sent), 400, "invalidValue", "posts-too-many")
    known = await made(client, active=False)
    answer = await client.put(f"{USERS}/{known['id']}", json={**known, HEALTH: {"posts": posts}})
    refused(answer, 400, "invalidValue", "posts-too-many")


@pytest.mark.usefixtures("client")  # binds the sign-in
async def test_imports_stay_held_up_after_a_refused_operation(settings, serve):
    """A lock that was taken inside a savepoint goes with it: the next operation takes it again."""
    app = application(settings("registry"))
    await serve(app)
    key = subject_key(app.state.settings.subject_pepper, DEVELOPMENT_ISSUER, "directory")
    caller = Caller(frozenset({"hris"}), ("SL",), key)
    locks = "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()"
    async with UnitOfWork(app.state.database) as work:
        session = await work.session()
        users = Storage(session, caller, None, None, "", writing=True)
        for refused_first in (True, False):
            with suppress(NotFound):
                async with users.operation():
                    await users._author()
                    if refused_first:
                        raise NotFound("person-unknown", "There is no such person.")
        assert await session.scalar(sa.text(locks)) == 1


async def test_what_would_take_long_to_read_is_refused_before(client):
    known = await made(client)
    at = f"{USERS}/{known['id']}"
    search = {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"],
        "Attributes": ["title"] * 101,
    }
    refused(await client.post(f"{USERS}/.search", json=search), 400, "invalidValue", "100 attributes")
    named = {"excludedAttributes": ",".join(["title"] * 101)}
    for path in (USERS, at):
        refused(await client.get(path, params=named), 400, "invalidValue", "100 attributes")
    change = {"op": "replace", "path": f"emails[{' or '.join(['value pr'] * 500)}].value", "value": "a@b.cc"}
    refused(await client.patch(at, json=patch(change)), 400, "invalidPath", "4000 characters")
    short = patch(*[{**change, "path": "name." + "x" * 3900}] * 40)
    bulk = {
        "schemas": [BULK],
        "operations": [{"method": "PATCH", "path": f"/Users/{known['id']}", "data": short}],
    }
    refused(await client.post("/scim/v2/Bulk", json=bulk), 400, "invalidPath", "131072")


async def test_somebody_comes_back_once(client):
    known = await made(client)
    assert (await client.delete(f"{USERS}/{known['id']}")).status == 204
    names = [user(externalId=known["externalId"]) for _ in range(4)]
    answers = await asyncio.gather(*[client.post(USERS, json=each) for each in names])
    assert sorted(each.status for each in answers) == [201, 409, 409, 409]
    shown = next(each.json for each in answers if each.status == 201)
    assert (await client.get(f"{USERS}/{known['id']}")).json == shown


async def dies_at(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    """The database connection of a request ends at the call of a command, as if the process were killed there."""
    command, calls = getattr(storage, name), count(1)

    async def dying(session: AsyncSession, *arguments: Any) -> Any:
        if next(calls) == number:
            await session.execute(sa.text("select pg_terminate_backend(pg_backend_pid())"))
        return await command(session, *arguments)

    monkeypatch.setattr(storage, name, dying)


async def test_what_dies_in_the_middle_is_done_as_a_whole_when_it_comes_again(client, monkeypatch):
    new = [user(**{HEALTH: {"posts": [held()]}}) for _ in range(4)]
    before = await made(client, **{HEALTH: {"posts": [held()]}})
    at = f"{USERS}/{before['id']}"
    created = [{"method": "POST", "path": "/Users", "bulkId": each["userName"], "data": each} for each in new]
    changed = {"method": "PUT", "path": f"/Users/{before['id']}", "data": {**before, "title": "Matron"}}
    bulk = {"schemas": [BULK], "Operations": [changed, *created]}
    with monkeypatch.context() as patched:
        await dies_at(patched, "create_user", 3)
        refused(await client.post("/scim/v2/Bulk", json=bulk), 503, None, "database-away")
        assert (await client.get(at)).json == before
        again = await client.post("/scim/v2/Bulk", json=bulk)
    assert [each["status"] for each in again.json["Operations"]] == ["200", "201", "201", "201", "201"]
    once_more = await client.post("/scim/v2/Bulk", json=bulk)
    assert [each["status"] for each in once_more.json["Operations"]] == ["200", "409", "409", "409", "409"]
    for each in new:
        assert len(await found(client, f'externalId eq "{each["externalId"]}"')) == 1
    stored = (await client.get(at)).json
    moved = {**stored, "title": "Sister", HEALTH: {**stored[HEALTH], "posts": [held("E1B")]}}
    with monkeypatch.context() as patched:
        await dies_at(patched, "read_user", 1)  # everything is written, and not committed
        refused(await client.put(at, json=moved), 503, None, "database-away")
        assert (await client.get(at)).json == stored
    first, second = [(await client.put(at, json=moved)).json for _ in range(2)]
    assert (first["title"], [each["facilityCode"] for each in first[HEALTH]["posts"]]) == ("Sister", ["E1B"])
    assert first == second
