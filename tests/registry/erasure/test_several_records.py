"""Somebody with several records that were merged is erased whole, and nothing brings one of them back."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import nats
import orjson
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from deploy.database import create_database, create_schemas
from deploy.local.postgres import binaries
from services.registry.erasure.commands import erased_records
from shared import restored_erasures
from shared.database.engine import Database
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased
from tests.erased import mentions, wait_for_erased
from tests.registry.builders import hired, made
from tests.registry.erasure.test_erasure import asked, establishment
from tests.registry.merged_people.asks import merge, unmerge
from tests.served import Client, application, serving
from tests.servers import PASSWORDS, wait_for

UNSENT = ("outbox",)  # to be swept once the broker has it


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(registry: Client, settings) -> AsyncIterator[Database]:
    opened = Database(settings("registry"))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def confirming(registry: Client, token) -> Client:
    """Somebody else, who confirms erasures."""
    return registry.using(token("programme-manager", units=("SL",), subject="confirms"))


def named(name: str) -> dict[str, str]:
    """What a record says that no other one does."""
    return {"external_id": f"{name}-1", "family_name": name, "email": f"{name}@example.org"}


async def recorded(registry: Client, *names: str, leave: bool = True) -> list[str]:
    """Ids of records by these names, a post each; they have left."""
    ids = [(await hired(registry, "E1A", named(name)))[0] for name in names]
    for each in ids if leave else ():
        gone = await registry.delete(f"/v1/people/{each}", params={"on": "2026-03-01"}, if_match="*")
        assert gone.status == 200, gone.json
    return ids


async def aliases(registry: Client, token) -> dict[str, str | None]:
    """Which record each is part of, as services are told when they rebuild."""
    service = registry.using(token("service"))
    lines = (await service.get("/internal/snapshot/aliases")).body.splitlines()
    return {each["person_id"]: each.get("merged_into") for each in map(orjson.loads, lines)}


async def test_all_records_go_and_what_they_count_in_stays(registry, confirming, token, database):
    names = ("Xylowhole", "Xylopart", "Xylopartofpart", "Xylomistake")
    whole, part, deeper, other = await recorded(registry, *names)
    for into, merged in ((part, deeper), (whole, part), (whole, other)):
        assert (await merge(registry, into, merged)).status == 200
    assert (await unmerge(registry, whole, other)).status == 200
    before = await establishment(registry)
    erasure_id = await asked(registry, whole)
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200
    gone = [value for name in names[:3] for value in named(name).values()]
    await wait_for_erased(database, *gone, but=UNSENT)
    await wait_for_erased(database, whole, part, deeper, but=("outbox", "erased_person"))
    assert await establishment(registry) == before
    assert (await registry.get(f"/v1/people/{other}")).json["family_name"] == "Xylomistake"
    for each in (whole, part, deeper):
        assert (await registry.get(f"/v1/people/{each}")).code == "person-unknown"
    known = await aliases(registry, token)
    left = {each: str(pseudonym(uuid.UUID(each))) for each in (whole, part, deeper)}
    assert {known.get(left[each]) for each in (part, deeper)} == {left[whole]}, "still one for who counts"
    async with database.transaction() as connection:
        rows = await connection.fetch("select payload from outbox where subject like '%person-erased%'")
    sent = {orjson.loads(row["payload"])["data"]["person_id"] for row in rows}
    assert {whole, part, deeper} <= sent, "each id is somebody's in other services"


async def test_a_hold_on_one_record_holds_all(registry, confirming):
    whole, part = await recorded(registry, "Xyloheld", "Xyloholds")
    await made(registry, f"/v1/people/{part}/hold", {"reason": "audit"})
    assert (await merge(registry, whole, part)).status == 200
    assert (await registry.post(f"/v1/people/{whole}/erase", json={})).code == "legal-hold"
    assert (await registry.post(f"/v1/people/{part}/release-hold")).code == "person-merged"
    assert (await registry.post(f"/v1/people/{whole}/release-hold")).status == 204
    erasure_id = await asked(registry, whole)
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200


async def test_a_request_for_a_record_that_was_merged_since_is_refused_and_goes_with_it(
    registry, confirming, database
):
    whole, part = await recorded(registry, "Xylolater", "Xyloearlier")
    early = await asked(registry, part)
    assert (await merge(registry, whole, part)).status == 200
    refused = await confirming.post(f"/v1/erasures/{early}/confirm")
    assert (refused.status, refused.code) == (409, "person-merged-record")
    assert (await registry.get(f"/v1/people/{whole}")).status == 200, "nothing was erased"
    erasure_id = await asked(registry, whole)
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200
    assert (await confirming.post(f"/v1/erasures/{early}/withdraw")).code == "erasure-unknown"
    await wait_for_erased(database, part, but=("outbox", "erased_person"))


async def test_what_is_decided_of_one_person_at_once_waits_in_one_order(registry, confirming):
    """The whole erased, a part of it, and a merge into it: of all that one comes first, and none collides."""
    for number in range(3):
        names = [f"Xylo{number}{name}" for name in ("First", "Second", "Third")]
        whole, part, third = await recorded(registry, *names)
        early = await asked(registry, part)
        assert (await merge(registry, whole, part)).status == 200
        late = await asked(registry, whole)
        one, other, merged = await asyncio.gather(
            confirming.post(f"/v1/erasures/{early}/confirm"),
            confirming.post(f"/v1/erasures/{late}/confirm"),
            merge(registry, whole, third),
        )
        assert other.status == 200, other.json
        assert (one.status, one.code) in ((409, "person-merged-record"), (404, "erasure-unknown")), one.json
        assert (merged.status == 200) or merged.code == "person-unknown", merged.json
        gone = await registry.get(f"/v1/people/{third}")
        assert (gone.status == 200) != (merged.status == 200), "erased as a part, or on its own"


async def test_of_a_backup_who_was_parted_since_is_parted_again_and_stays(registry, database):
    """The backup has three records as one; since then one was parted, and the others were erased."""
    whole, part, parted = await recorded(registry, "Xylorestored", "Xylogone", "Xylostays", leave=False)
    for each in (part, parted):
        assert (await merge(registry, whole, each)).status == 200
    moment = datetime(2026, 9, 2, tzinfo=UTC)
    for _ in range(2):
        for each in (whole, part):
            event = PersonErased(
                person_id=each, erased_at=moment, confirmed_by="k", digest="of-a-lost-day-too"
            )
            async with database.session() as session:
                await erased_records.repeat(session, event, {uuid.UUID(whole), uuid.UUID(part)})
    found = (await registry.get(f"/v1/people/{parted}")).json
    assert (found["family_name"], found["email"]) == ("Xylostays", "Xylostays@example.org")
    assert len(found["posts"]) == 1, "what was theirs is theirs again"
    await wait_for_erased(database, *named("Xylorestored").values(), *named("Xylogone").values(), but=UNSENT)
    await wait_for_erased(database, whole, part, but=("outbox", "erased_person"))
    async with database.transaction() as connection:
        noted = await connection.fetchval("select count(*) from erasure where erased_at = $1", moment)
    assert noted == 1, "one erasure, of two records"


async def test_an_officer_reads_the_record_of_who_has_left_as_they_would_and_of_nobody_else(
    registry, confirming, token, issuer
):
    subjects = [{"iss": issuer.name, "sub": "xylo-reads"}]
    person_id, _ = await hired(registry, "E1A", {**named("Xyloreads"), "subjects": subjects})
    other, _ = await hired(registry, "E1A")
    client = registry.using(token("data-protection-officer", units=("SL",), subject="officer"))

    async def read(which: str, path: str = "", about: str = person_id) -> Any:
        headers = {"In-Place-Of": about, "Purpose-Of-Use": "PATRQT"}
        return await client.get(f"/v1/people/{which}{path}", headers=headers)

    themselves = registry.using(token("leader", subject="xylo-reads"))
    for path in ("", "/versions"):
        assert (await read(person_id, path)).json == (
            await themselves.get(f"/v1/people/{person_id}{path}")
        ).json
    assert (await read(other)).code == "person-unknown", "in the place of one of another"
    assert (await client.get(f"/v1/people/{person_id}")).code == "role-missing"
    headers = {"In-Place-Of": person_id, "Purpose-Of-Use": "PATRQT"}
    assert (await client.get("/v1/people", headers=headers)).code == "role-missing"
    for each in (person_id, other):
        await registry.delete(f"/v1/people/{each}", params={"on": "2026-03-01"}, if_match="*")
    assert (await read(person_id)).json["deactivated_on"] == "2026-03-01"
    assert (await merge(registry, other, person_id)).status == 200
    assert (await read(person_id)).code == "person-unknown", "it is part of another record"
    assert (await read(other, about=other)).status == 200
    erasure_id = await asked(registry, other)
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200
    assert (await read(other, about=other)).code == "person-unknown"
    left = str(pseudonym(uuid.UUID(other)))
    assert (await read(left, about=left)).code == "person-unknown"


async def test_a_backup_that_comes_back_is_erased_before_it_serves(
    registry, confirming, settings, serve, service_database, databases, nats_url, token, tmp_path
):
    """By pg_dump and pg_restore: the backup has one person as two records, and somebody else."""
    whole, part, other = await recorded(registry, "Xylobackup", "Xylobackedup", "Xyloother")
    assert (await merge(registry, whole, part)).status == 200
    live = service_database("registry")
    name = live.rpartition("/")[2]
    await ran("pg_dump", "--format=custom", f"--file={tmp_path}/backup", databases.server.url(name))
    erasure_id = await asked(registry, whole)
    assert (await confirming.post(f"/v1/erasures/{erasure_id}/confirm")).status == 200

    async def remembered() -> bool:
        client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
        async with contextlib.aclosing(restored_erasures.remembered(client)) as found:
            known = {each.person_id async for each in found}
        await client.close()
        return {whole, part} <= known

    await wait_for(remembered)
    restored = f"{name}_restored"
    await create_database(databases.server.url(), restored)
    url = f"{live.rpartition('/')[0]}/{restored}"
    try:
        await ran("pg_restore", f"--dbname={databases.server.url(restored)}", f"{tmp_path}/backup")
        await create_schemas(databases.server.url(), restored, ["registry"])  # who may connect is in no dump
        opened = Database(settings("registry", database_url=url))
        back = await mentions(opened, whole, part, "Xylobackup", "Xylobackedup")
        assert "person" in back, "the backup has them"
        async with serving(application(settings("registry", database_url=url, epoch=2))) as served:
            hris = served.using(token("hris", units=("SL",), subject="hris"))
            for each in (whole, part):
                assert (await hris.get(f"/v1/people/{each}")).code == "person-unknown"
            assert (await hris.get(f"/v1/people/{other}")).json["family_name"] == "Xyloother"
            names = (*named("Xylobackup").values(), *named("Xylobackedup").values())
            assert set(await mentions(opened, *names)) <= {"outbox"}
            assert set(await mentions(opened, whole, part)) <= {"outbox", "erased_person", "match_due"}
        await opened.close()
    finally:
        databases.drop(url)


async def ran(program: str, *arguments: str) -> None:
    """One of PostgreSQL's own programs, to its end."""
    started = await asyncio.create_subprocess_exec(binaries() / program, *arguments)
    assert await started.wait() == 0, program
