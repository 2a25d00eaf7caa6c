"""Entries in a real database: acts of raters wait for the end of their day, a load is one entry."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from types import SimpleNamespace
from uuid import UUID, uuid4

import orjson
import pytest
import pytest_asyncio

from shared import clock as domain_clock
from shared.audit.audited_operations import Written
from shared.audit.chain import rater
from shared.audit.erasure import erase
from shared.audit.export_check import verify
from shared.audit.recording import TOGETHER, Access, Audited, store, store_changed
from shared.audit.sealed_batches import seal
from shared.audit_reading.queries import exported
from shared.auth.caller import Caller
from shared.database.engine import Database

pytestmark = pytest.mark.asyncio(loop_scope="module")
SERVICE, PEPPER = "evaluation", "a secret"
RATED = "POST /v1/rater-requests/{request_id}/response"


def caller(name: str) -> Caller:
    return Caller(frozenset({"leader"}), (), name * 32)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(settings) -> AsyncIterator[Database]:
    opened = Database(settings(SERVICE))
    yield opened
    await opened.close()


async def sealed(database: Database) -> int:
    async with database.session() as session:
        return await seal(session, SERVICE, PEPPER)


async def lines(database: Database, *, opened: bool = True) -> list[bytes]:
    found: list[bytes] = []
    async with database.reading() as session:
        while True:
            after = orjson.loads(found[-1])["number"] if found else 0
            page, _ = await exported(session, SERVICE, after, opened=opened)
            if not page:
                return found
            found += [orjson.dumps(line) for line in page]


async def entries(database: Database) -> list[dict]:
    return [each for each in map(orjson.loads, await lines(database)) if each["kind"] == "entry"]


async def acted(database: Database, name: str) -> None:
    state = SimpleNamespace(
        settings=SimpleNamespace(audit_purpose="optional", subject_pepper=PEPPER), database=database
    )
    request = SimpleNamespace(
        app=SimpleNamespace(state=state),
        state=SimpleNamespace(),
        headers=SimpleNamespace(getlist=lambda _: []),
    )
    audited = Audited.of({"POST"}, RATED.partition(" ")[2])
    assert audited is not None
    await audited.begin(request, caller(name))


async def test_acts_of_raters_are_sealed_when_the_day_is_over_and_say_nothing_of_their_order(database, clock):
    clock.forward(hours=(36 - domain_clock.now().hour) % 24)  # to noon: midnight may be near
    names = "fedcba"
    for name in (*names, "f"):  # one of them twice
        await acted(database, name)
    day = domain_clock.today()
    await sealed(database)
    assert await entries(database) == []
    clock.forward(days=1)
    while await sealed(database):
        pass
    found = await entries(database)
    assert [(each["operation"], each["at"], each["caller"], each["people"]) for each in found] == [
        (RATED, None, None, 0)
    ] * len(names)
    stand_ins = [rater(PEPPER, day.isoformat(), RATED, name * 32).hex() for name in names]
    assert [each["commitment"] for each in found] == sorted(stand_ins)
    assert [each["entry_id"] for each in found] == sorted(each["entry_id"] for each in found)
    later = day + timedelta(days=1)
    assert {rater(PEPPER, later.isoformat(), RATED, name * 32).hex() for name in names}.isdisjoint(stand_ins)
    async with database.alone() as connection:
        assert await connection.fetchval("select count(*) from audit_rater_act") == 0
        assert await connection.fetchval("select count(distinct xmin::text) from audit_entry") == 1


async def test_a_load_is_one_entry_about_everybody_whom_it_changed(database):
    people = sorted(uuid4() for _ in range(TOGETHER + 7))

    async def changed(*_) -> AsyncIterator[list[UUID]]:
        for start in range(0, len(people), TOGETHER):
            yield people[start : start + TOGETHER]

    access = Access("POST /v1/imports/people", Written(), caller("c"), "HOPERAT")
    async with database.transaction() as connection:
        state = SimpleNamespace(changed_people=changed)
        await store_changed(connection, access, SimpleNamespace(app=SimpleNamespace(state=state)))
    await sealed(database)
    entry = (await entries(database))[-1]
    assert (entry["people"], len(entry["of"])) == (len(people), 2)
    assert sorted(UUID(each) for leaf in entry["of"] for each in leaf["people"]) == people
    assert verify(await lines(database), {}, PEPPER).faults == []
    async with database.session() as session:
        assert await erase(session, people[0]) == 1
    entry = (await entries(database))[-1]
    assert sum(len(leaf.get("people", ())) for leaf in entry["of"]) == 7
    assert verify(await lines(database), {}, PEPPER).faults == []


async def test_an_entry_that_commits_late_is_in_a_later_seal(database):
    access = Access("POST /v1/people", Written(), caller("d"), None)
    async with database.transaction() as late:
        await store(late, access, {uuid4()})
        async with database.transaction() as early:
            await store(early, access, {uuid4()})
        assert await sealed(database) == 1
        assert await sealed(database) == 0
    assert await sealed(database) == 1
    assert verify(await lines(database), {}, PEPPER).faults == []


async def test_replicas_that_seal_at_once_make_one_chain(database):
    access = Access("GET /v1/people", Written(), caller("e"), None)
    async with database.alone() as connection:
        for _ in range(20):
            await store(connection, access, {uuid4(), uuid4()})
    await asyncio.gather(*(sealed(database) for _ in range(4)))
    found = verify(await lines(database), {}, PEPPER)
    assert found.faults == []
    async with database.alone() as connection:
        assert await connection.fetchval("select count(*) from audit_entry where seal is null") == 0


async def test_an_export_without_people_names_nobody(database):
    person = uuid4()
    access = Access("GET /v1/people", Written(), caller("e"), None)
    async with database.alone() as connection:
        await store(connection, access, {person})
    await sealed(database)
    closed, opened = await lines(database, opened=False), await lines(database)
    assert str(person).encode() not in b"".join(closed)
    assert str(person).encode() in b"".join(opened)
    assert verify(closed, {}, PEPPER).faults == []
    other = b"\n".join(opened).replace(str(person).encode(), str(uuid4()).encode()).split(b"\n")
    assert "names somebody whom it was not about" in verify(other, {}, PEPPER).faults[0]
