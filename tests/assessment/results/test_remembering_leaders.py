"""A leader who reads the team, and remembers what roll-ups were before: nobody else follows from both."""

import sqlalchemy as sa

from services.assessment.rollups.commands import first_releases
from shared.database.engine import Database
from tests.assessment.results.test_insiders import shown, team_of
from tests.assessment.rollups.releasing import publish
from tests.assessment.rollups.test_rollups import LEADER, crowd, empty, fact, people, take


async def test_a_leader_who_remembers_last_month_does_not_have_the_fifth_newcomer(database: Database):
    """Four of the five who are new at F1 are the reader's: less last month's F1 and the four, it is the fifth."""
    await empty(database)
    lead = await team_of(database, *(f"c{number}" for number in range(4)))
    await crowd(database, "a", "F1", 9)
    await crowd(database, "b", "F2", 9)
    await publish(database)
    before = await shown(database, lead)
    assert (before["D1"], before["F1"]) == (18, 9)
    await take(database, *(fact(f"c{number}", "F1") for number in range(5)))
    await publish(database)
    assert await people(database, "F1", LEADER) == 14
    after = await shown(database, lead)
    assert {code for code, number in after.items() if number is None} >= {"N", "N1", "D1", "F1"}
    assert after["F2"] == 9


async def test_releases_of_an_older_version_are_read_after_the_next_start(database: Database):
    """It stored documents alone: until they are taken apart, who knows somebody there is shown nothing."""
    await empty(database)
    lead = await team_of(database, "a0")
    await crowd(database, "a", "F1", 9)
    await crowd(database, "b", "F2", 9)
    await publish(database)
    before = await shown(database, lead)
    assert before["F1"] == 9
    async with database.session() as session:
        rows = (await session.execute(sa.text("delete from release_cell returning *"))).all()
    assert set((await shown(database, lead)).values()) == {None}
    assert await people(database, "F1", LEADER) == 9
    await first_releases.begin(database)
    assert await shown(database, lead) == before
    async with database.reading() as session:
        found = (await session.execute(sa.text("select * from release_cell"))).all()
    assert sorted(found) == sorted(rows)
