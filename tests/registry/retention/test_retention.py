"""Contacts of who left long ago go, and what pairs were decided by; not of who works or is under a legal hold."""

from collections.abc import AsyncIterator

import orjson
import pytest_asyncio
import sqlalchemy as sa

from services.registry.retention import commands as retention
from services.registry.tables.matching import match_review
from shared import clock as domain_clock
from shared.database.engine import Database
from tests.erased import mentions
from tests.registry.builders import hired, made
from tests.registry.mcsd.test_feed import role, sent
from tests.registry.merged_people.asks import merge, unmerge

PHONE, EMAIL = "+232 76 111 999", "leaver@example.org"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(registry, settings) -> AsyncIterator[Database]:
    opened = Database(settings("registry"))
    yield opened
    await opened.close()


async def run(database: Database, settings, task, **days: int) -> int:
    await retention.follow(settings("registry", **days))(database)
    try:
        async with database.session() as session:
            return await task(session)
    finally:
        await retention.follow(settings("registry"))(database)


async def left(registry, on: str, **about: str | None) -> str:
    person_id, _ = await hired(registry, "E1A", about, valid_from="2019-01-01")
    gone = await registry.delete(f"/v1/people/{person_id}", params={"on": on}, if_match="*")
    assert gone.status == 200
    return person_id


async def contacts(registry, person_id: str) -> tuple[str | None, str | None]:
    found = (await registry.get(f"/v1/people/{person_id}")).json
    return found["phone"], found["email"]


async def test_contacts_of_leavers_go_after_their_time(registry, database, settings):
    person_id = await left(registry, "2020-06-01", phone=PHONE, email=EMAIL)
    held = await left(registry, "2020-06-01", phone="+232 76 222 000")
    lately = await left(registry, str(domain_clock.today()), phone="+232 76 333 000")
    works, _ = await hired(registry, "E1A", {"phone": "+232 76 444 000"})
    await made(registry, f"/v1/people/{held}/hold", {"reason": "audit"})
    assert await run(database, settings, retention.forget_contacts) == 0, "nobody said for how long"
    assert await contacts(registry, person_id) == (PHONE, EMAIL)
    before = (await registry.get(f"/v1/people/{person_id}")).json["version"]
    assert await run(database, settings, retention.forget_contacts, retention_contacts_days=365) == 1
    assert await run(database, settings, retention.forget_contacts, retention_contacts_days=365) == 0
    after = (await registry.get(f"/v1/people/{person_id}")).json
    assert (after["phone"], after["email"], after["version"]) == (None, None, before + 1)
    assert after["family_name"], "the record stays"
    assert await mentions(database, PHONE, EMAIL, but=("idempotency",)) == []
    for who, phone in ((held, "222"), (lately, "333"), (works, "444")):
        assert phone in (await contacts(registry, who))[0]


async def test_records_that_are_one_have_left_and_are_held_together(registry, database, settings):
    works, _ = await hired(registry, "E1A", {"phone": "+232 76 555 000"})
    before = await left(registry, "2020-06-01", phone="+232 76 666 000")
    assert (await merge(registry, works, before)).status == 200
    survivor = await left(registry, "2020-06-01", phone=None)
    held = await left(registry, "2020-06-01", phone="+232 76 777 000")
    await made(registry, f"/v1/people/{held}/hold", {"reason": "audit"})
    assert (await merge(registry, survivor, held)).status == 200
    holds = await left(registry, "2020-06-01", phone=None)
    part = await left(registry, "2020-06-01", phone="+232 76 888 000")
    await made(registry, f"/v1/people/{holds}/hold", {"reason": "audit"})
    assert (await merge(registry, holds, part)).status == 200
    assert await run(database, settings, retention.forget_contacts, retention_contacts_days=365) == 0
    for whole, each, phone in ((works, before, "666"), (survivor, held, "777"), (holds, part, "888")):
        assert (await unmerge(registry, whole, each)).status == 200
        assert phone in (await contacts(registry, each))[0]


async def test_what_a_merge_would_give_back_goes_too(registry, database, settings):
    phones = ("+232 76 999 001", "+232 76 999 002")
    survivor, part = [await left(registry, "2020-06-01", phone=phone) for phone in phones]
    assert (await merge(registry, survivor, part, phone="merged")).status == 200
    assert "person_merge" in await mentions(database, phones[0])
    assert await run(database, settings, retention.forget_contacts, retention_contacts_days=365) >= 2
    assert await mentions(database, *phones, but=("idempotency",)) == []
    parted = await unmerge(registry, survivor, part)
    assert (parted.status, parted.json["conflicts"]) == (200, [])
    assert {await contacts(registry, each) for each in (survivor, part)} == {(None, None)}


async def test_contacts_of_posts_go_after_the_post(registry, database, settings):
    """A FHIR client sent them: of a post that is long over, of one that lasts, and of one under a hold."""

    async def posted(phone: str, **values: str) -> tuple[str, str]:
        person_id, _ = await hired(registry, "E1A")
        telecom, days = [{"system": "phone", "value": phone}], {"period": {"start": "2019-01-01", **values}}
        code = [{"text": "of the post"}]
        body = role(f"Practitioner/{person_id}", telecom=telecom, specialty=code, **days)
        held = await sent(registry, "PractitionerRole", body)
        assert held.status == 201, held.json
        return person_id, held.json["id"]

    over = {"end": "2020-06-01"}
    _, ended = await posted("+232 76 123 001", **over)
    _, lasts = await posted("+232 76 123 002")
    person_id, held = await posted("+232 76 123 003", **over)
    _, mistaken = await posted("+232 76 123 004")
    await made(registry, f"/v1/people/{person_id}/hold", {"reason": "audit"})
    gone = await registry.post(f"/v1/posts/{mistaken}/end", json={"withdrawn": True}, if_match="*")
    assert gone.status == 200, gone.json
    task, days = retention.forget_contacts_of_posts, {"retention_contacts_days": 365}
    assert await run(database, settings, task) == 0, "nobody said for how long"
    assert await run(database, settings, task, **days) == 1
    assert await run(database, settings, task, **days) == 0
    for which, phone in ((ended, None), (lasts, "002"), (held, "003")):
        shown = (await registry.get(f"/fhir/r4/PractitionerRole/{which}")).json
        assert "specialty" in shown
        assert (shown["telecom"][0]["value"][-3:] if "telecom" in shown else None) == phone
    assert await mentions(database, "123 001", but=("idempotency",)) == []
    async with database.session() as session:
        aged = {"then": domain_clock.now().replace(year=2020), "post": mistaken}
        await session.execute(
            sa.text("update post_version set recorded_at = :then where post_id = :post and withdrawn"), aged
        )
    assert await run(database, settings, task, **days) == 1
    assert await mentions(database, "123 004", but=("idempotency",)) == []


async def test_what_a_pair_was_decided_by_goes_and_the_decision_stays(registry, database, settings):
    first, second = sorted([(await hired(registry, "E1A"))[0] for _ in range(2)])
    row = {"first_id": first, "second_id": second, "score": 80, "compared": b"x", "version": 1}
    parts = {"fields": [{"field": "family_name", "first": "Kamara"}], "found_at": domain_clock.now()}
    decided = {"state": "not-same", "decided_at": domain_clock.now().replace(year=2020)}
    key = sa.tuple_(match_review.c.first_id, match_review.c.second_id) == (first, second)
    async with database.session() as session:
        await session.execute(sa.delete(match_review).where(key))
        await session.execute(sa.insert(match_review).values(**row, **parts, **decided))
    assert await run(database, settings, retention.forget_comparisons) == 0
    assert await run(database, settings, retention.forget_comparisons, retention_matching_days=365) == 1
    async with database.reading() as session:
        found = (await session.execute(sa.select(match_review).where(key))).mappings().one()
    assert (found["state"], orjson.dumps(found["fields"])) == ("not-same", b"[]")
