"""Results that people bring are theirs to read, count in no figure here, and go with their person."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import sqlalchemy as sa

from services.assessment import consumers, rebuild
from services.assessment.results.commands import closing
from services.assessment.tables.carried_results import carried_result
from services.assessment.tables.ratings import result
from shared.database.engine import Database
from shared.erasure.pseudonyms import pseudonym
from shared.events.person_arrivals import CarriedResult, PersonArrived
from shared.events.registry import PersonErased
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.merged_assessments.test_merges import everything_stored, merged, parted
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.test_consumers import fact_of, hear
from tests.assessment.test_erasure import pepper  # noqa: F401  # a fixture of that file
from tests.assessment.world import identity


def arrival(name: str, period: str, transfer_id: UUID | None = None) -> PersonArrived:
    figures = [301, *[None] * 10]
    brought = CarriedResult(
        framework_code="steward-core", framework_version=1, level="I", role_code="ward-manager", period=period,
        completed_at=datetime(2026, 9, 14, tzinfo=UTC), scores=figures, targets=figures, gaps=figures,
    )  # fmt: skip
    return PersonArrived(
        person_id=str(identity(name)), transfer_id=str(transfer_id or uuid4()), origin="south",
        moved_on=date(2026, 10, 1), results=[brought], plans=[],
    )  # fmt: skip


async def counted(database: Database) -> set[UUID]:
    return {row["person_id"] for row in await rows(database, sa.text("select person_id from counted"))}


async def whose(database: Database, *transfers: str) -> list[UUID]:
    brought = sa.select(carried_result.c.person_id)
    mine = brought.where(carried_result.c.transfer_id.in_(list(map(UUID, transfers))))
    return [row["person_id"] for row in await rows(database, mine)]


async def test_who_brings_a_result_of_a_period_counts_elsewhere_in_it(country: Database):
    """Whether the result comes before their own of that period or after it; and a rebuild says the same."""
    row = await opened(country, unit_code="N1")
    await load(country, await everything(country, row["cycle_id"]))
    await run(country, closing.settle)
    facts = [fact_of(each) for each in await rows(country, sa.select(result))]
    period = facts[0].period
    before, after, other = arrival("a1", period), arrival("a2", period), arrival("a3", "2020Q1")
    await hear(country, consumers.person_arrived, before, other)
    await hear(country, consumers.completed, *facts)
    assert {identity("a0"), identity("a2"), identity("a3")} <= await counted(country)
    assert identity("a1") not in await counted(country)
    await hear(country, consumers.person_arrived, after)
    now = await counted(country)
    assert now & {identity("a1"), identity("a2")} == set()
    assert {identity("a0"), identity("a3")} <= now
    stored = await everything_stored(country, "counted", "rollup", "carried_result")
    await hear(country, consumers.person_arrived, before, after, other)  # a repeat under another event id
    assert await everything_stored(country, "counted", "rollup", "carried_result") == stored
    assert len(await whose(country, *(each.transfer_id for each in (before, after, other)))) == 3
    async with country.session() as session:
        await rebuild.recount(session)
    assert await everything_stored(country, "counted", "rollup", "carried_result") == stored


async def test_what_was_brought_goes_with_its_person_through_a_merge_and_an_erasure(country: Database):
    await hear(country, consumers.people_merged, merged("a1", "a0"))
    came = arrival("a1", "2020Q1")
    await hear(country, consumers.person_arrived, came)  # news from before the merge
    assert await whose(country, came.transfer_id) == [identity("a0")]
    await hear(country, consumers.people_unmerged, parted("a1", "a0"))
    assert await whose(country, came.transfer_id) == [identity("a1")]
    gone = PersonErased(
        person_id=str(identity("a1")),
        erased_at=datetime(2026, 11, 1, tzinfo=UTC),
        confirmed_by="x",
        digest="x",
    )
    await hear(country, consumers.person_erased, gone)
    assert await whose(country, came.transfer_id) == [pseudonym(identity("a1"))]
