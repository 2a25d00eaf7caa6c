"""Somebody is erased: figures stay, the id is nowhere, and late news of them go to the same rows."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from services.assessment import consumers
from services.assessment.erasure import commands as erasing
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.results.queries import assessments
from services.assessment.rollups.commands import rebuild, rollups
from services.assessment.tables.ratings import assessment, response, result
from services.assessment.tables.rollups import counted
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.erasure import commands, pseudonyms
from shared.erasure.pseudonyms import pseudonym
from shared.erasure.tables import erased_person
from shared.errors import NotFound
from shared.events.assessment import AssessmentCompleted
from shared.events.registry import PeopleChanged, PersonErased
from shared.http.paging import Page
from shared.messaging import outbox
from shared.messaging.erased_people import under_pseudonyms
from tests.assessment import world
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_submit import accepted, requests_about, submit
from tests.assessment.rollups.test_rollups import fact, kept
from tests.assessment.test_consumers import about, hear, received
from tests.assessment.world import identity
from tests.erased import mentions

WHO = "a0"
PERSON = identity(WHO)


@pytest.fixture(scope="module", autouse=True)
def pepper() -> None:
    pseudonyms.use(world.PEPPER)


def erased(name: str = WHO) -> PersonErased:
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    return PersonErased(person_id=str(identity(name)), erased_at=moment, confirmed_by="k", digest="d")


async def measured(database: Database) -> dict:
    """A completed assessment of the person, counted, and its row as it was."""
    row = await opened(database, unit_code="N1", max_peers=0)
    for request in await accepted(database, row["cycle_id"], WHO):
        await submit(database, request, Answers([4] * 33))
    await run(database, closing.settle)
    done = await about(database, row["cycle_id"], WHO)
    assert done["state"] == "completed"
    await recounted(database)
    return dict(done)


async def recounted(database: Database) -> None:
    async with database.session() as session:
        await rebuild.recount(session)


async def test_rows_go_on_under_a_pseudonym_and_figures_stay(country: Database):
    done = await measured(country)
    figures, results = await kept(country), await rows(country, sa.select(result.c.scores, result.c.groups))
    assert figures
    assert await mentions(country, str(PERSON))
    asked = len(await requests_about(country, done["cycle_id"], WHO))
    manager = Caller(frozenset({"programme-manager"}), ("N",), "pm")
    async with country.reading() as session:
        assert (await assessments.one(session, manager, done["assessment_id"]))["person_id"] == PERSON
    for _ in range(2):
        await hear(country, consumers.person_erased, erased())
    waiting = await rows(country, sa.text("select count(*) as n from outbox where sent_at is null"))
    assert waiting[0]["n"], "what is still to be sent says what counts"
    assert await mentions(country, str(PERSON), but=("outbox", "erased_person")) == []
    assert await kept(country) == figures
    assert await rows(country, sa.select(result.c.scores, result.c.groups)) == results
    (row,) = await rows(
        country, sa.select(assessment).where(assessment.c.assessment_id == done["assessment_id"])
    )
    assert row["person_id"] == pseudonym(PERSON)
    assert len(await requests_about(country, done["cycle_id"], WHO)) == 0
    assert asked
    await recounted(country)
    assert await kept(country) == figures


async def test_nobody_reads_what_is_left(country: Database):
    manager = Caller(frozenset({"programme-manager", "hris"}), ("N",), "pm")
    (row,) = await rows(country, sa.select(result).where(result.c.person_id == pseudonym(PERSON)))
    async with country.reading() as session:
        for who in (PERSON, pseudonym(PERSON)):
            with pytest.raises(NotFound):
                await assessments.history(session, manager, who, Page(50, None))
        with pytest.raises(NotFound):
            await assessments.outcome(session, manager, row["assessment_id"])
        listed = await assessments.listing(session, manager, Page(200, None), {}, None)
    assert row["assessment_id"] not in {each["assessment_id"] for each in listed["items"]}


async def test_late_news_reach_the_pseudonym(country: Database):
    figures = await kept(country)
    late = world.person(WHO, "F1", manager="aboss", version=9, active=False)
    events = received(PeopleChanged(items=[late, world.person("a1", "F1", manager="aboss")]), fact(WHO, at=1))
    async with country.session() as session:
        fresh = await under_pseudonyms(session, [(event, None) for event in events])
        (people, _), (completed, _) = fresh
        first, second = people.data.items
        assert (first.person_id, first.subject_keys, first.erased) == (str(pseudonym(PERSON)), [], True)
        assert (second.person_id, second.erased) == (str(identity("a1")), False)
        await take_people(session, people.data.items)
        assert isinstance(completed.data, AssessmentCompleted)
        await rollups.count(session, [completed.data])
    assert await mentions(country, str(PERSON), but=("outbox", "erased_person")) == []
    counts = {cell: each.people for cell, each in figures.items()}
    assert {cell: each.people for cell, each in (await kept(country)).items()} == counts, "counted once"


async def test_what_was_sent_is_swept_and_others_in_it_stay(country: Database):
    other = world.person("a1", "F1", manager="aboss")
    async with country.session() as session:
        for items in ([world.person(WHO, "F1"), other], [world.person(WHO, "F1")]):
            await outbox.add(session, PeopleChanged(items=items), aggregate_id="people", version=0)
        await outbox.add(session, fact("a1"), aggregate_id="x", version=1)
        row = {"caller": "c", "key": "k", "request_hash": b"", "status": 200, "headers": {}}
        table = sa.table("idempotency", *(sa.column(name) for name in (*row, "body")))
        headers = sa.cast(sa.literal("{}"), sa.dialects.postgresql.JSONB)
        body = f'{{"person_id":"{PERSON}"}}'.encode()
        await session.execute(sa.insert(table).values(**row | {"headers": headers}, body=body))
        aged = clock.now() - 2 * commands.AGAIN
        await session.execute(sa.update(erased_person).values(erased_at=aged))
    assert await run(country, erasing.sweep) == 0, "some of it is still to be sent"
    async with country.session() as session:
        await session.execute(sa.text("update outbox set sent_at = now()"))
    assert await run(country, erasing.sweep) == 1
    assert await run(country, erasing.sweep) == 0, "once is enough"
    assert await mentions(country, str(PERSON), but=("erased_person",)) == []
    left = await rows(country, sa.text("select payload from outbox where aggregate_id in ('people', 'x')"))
    assert len(left) == 2
    assert all(other.person_id.encode() in row["payload"] for row in left)


async def test_a_row_that_came_about_meanwhile_is_swept(country: Database):
    """A request about the person was under way: it commits after they were erased."""
    async with country.session() as session:
        await session.execute(sa.update(erased_person).values(swept_at=None))
        mine = sa.select(counted).where(counted.c.person_id == pseudonym(PERSON))
        row = dict((await session.execute(mine)).mappings().first() or {})
        again = row | {"person_id": PERSON, "period": "1999Q1"}
        await session.execute(sa.insert(counted).values([row | {"person_id": PERSON}]))
        await session.execute(sa.insert(counted).values([again]))
    assert await run(country, erasing.sweep) == 1
    assert await mentions(country, str(PERSON), but=("erased_person",)) == []
    periods = await rows(country, sa.select(counted.c.period).where(counted.c.person_id == pseudonym(PERSON)))
    assert len(periods) == 2, "what was there already is not doubled"


async def test_answers_that_came_to_no_result_go_and_those_that_count_stay(country: Database):
    """Somebody leaves in the middle of a cycle: what was answered about them until then counts nowhere."""
    row, who = await opened(country, unit_code="N1", max_peers=0, overlapping=True), "a4"
    first, *_ = await accepted(country, row["cycle_id"], who)
    await submit(country, first, Answers([4] * 33))
    gone = world.person(who, "F1", manager="aboss", version=8, active=False)
    await hear(country, consumers.people_changed, PeopleChanged(items=[gone]))
    unscored = await about(country, row["cycle_id"], who)
    assert unscored["state"] == "withdrawn"
    stored = sa.select(response.c.request_id, response.c.assessment_id).order_by(response.c.request_id)
    before = await rows(country, stored)
    assert first["request_id"] in {each["request_id"] for each in before}
    await hear(country, consumers.person_erased, erased(who))
    rest = [each for each in before if each["assessment_id"] != unscored["assessment_id"]]
    assert rest
    assert await rows(country, stored) == rest


def test_pseudonyms_follow_from_the_pepper():
    who = uuid4()
    first = pseudonym(who)
    assert pseudonym(who) == first != who
    assert isinstance(first, UUID)
    pseudonyms.use("another")
    assert pseudonym(who) != first
    pseudonyms.use(world.PEPPER)
