"""Somebody is erased before it is heard that their record is no part of another one any more."""

from datetime import UTC, datetime

import msgspec
import sqlalchemy as sa

from services.assessment import consumers
from services.assessment.tables.ratings import assessment
from shared.database.engine import Database
from shared.erasure import pseudonyms
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased
from shared.messaging.erased_people import under_pseudonyms
from tests.assessment import world
from tests.assessment.cycles.test_cycles import opened, rows
from tests.assessment.merged_assessments.test_merges import merged, parted
from tests.assessment.rollups.test_rollups import fact
from tests.assessment.test_consumers import hear, received
from tests.assessment.world import identity
from tests.erased import mentions

WHO, OTHER = "a1", "a0"
PERSON = identity(WHO)


async def late(database: Database, handler, event) -> None:
    """As the harness hands over what a person is in who was erased."""
    async with database.session() as session:
        fresh = await under_pseudonyms(session, [(each, None) for each in received(event)])
        await handler(session, [each for each, _ in fresh])


async def test_rows_return_to_the_pseudonym_whatever_is_heard_first(country: Database):
    pseudonyms.use(world.PEPPER)
    row = await opened(country, unit_code="N1", max_peers=0)
    mine = sa.select(assessment.c.assessment_id, assessment.c.person_id)
    mine = mine.where(
        assessment.c.cycle_id == row["cycle_id"], assessment.c.post_id == identity(f"post {WHO}")
    )
    await hear(country, consumers.people_merged, merged(WHO, OTHER))
    assert {each["person_id"] for each in await rows(country, mine)} == {identity(OTHER)}
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    erased = PersonErased(person_id=str(PERSON), erased_at=moment, confirmed_by="k", digest="d")
    await hear(country, consumers.person_erased, erased)
    await late(country, consumers.people_unmerged, parted(WHO, OTHER))
    await late(country, consumers.people_merged, merged(WHO, OTHER))
    assert {each["person_id"] for each in await rows(country, mine)} == {pseudonym(PERSON)}
    assert set(await mentions(country, str(PERSON))) <= {"erased_person", "outbox"}
    tied = sa.text("select person_id from person where not active and erased")
    assert {each["person_id"] for each in await rows(country, tied)} == {pseudonym(PERSON)}


async def test_records_that_were_erased_together_stay_one_under_pseudonyms(country: Database):
    """What registry published before comes after it, and again; older news that both were two comes last."""
    pseudonyms.use(world.PEPPER)
    part, whole = "a3", "a2"
    row = await opened(country, unit_code="N1", max_peers=0, overlapping=True)
    mine = sa.select(assessment.c.person_id).where(
        assessment.c.cycle_id == row["cycle_id"], assessment.c.post_id == identity(f"post {part}")
    )
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    for name in (whole, part):
        erased = PersonErased(person_id=str(identity(name)), erased_at=moment, confirmed_by="k", digest="d")
        await hear(country, consumers.person_erased, erased)
    for _ in range(2):
        await late(country, consumers.people_merged, merged(part, whole, version=5))
    await late(country, consumers.people_unmerged, parted(part, whole, version=3))
    assert {each["person_id"] for each in await rows(country, mine)} == {pseudonym(identity(whole))}
    names = [str(identity(name)) for name in (whole, part)]
    assert set(await mentions(country, *names)) <= {"erased_person", "outbox"}


async def test_an_assessment_that_was_opened_for_them_is_of_the_pseudonym(country: Database):
    event = received(fact(OTHER))[0]
    opened_for = msgspec.structs.replace(event.data, opened_for=str(PERSON))
    async with country.session() as session:
        fresh = await under_pseudonyms(session, [(each, None) for each in received(opened_for)])
    assert fresh[0][0].data.opened_for == str(pseudonym(PERSON))
    assert fresh[0][0].data.person_id == event.data.person_id
