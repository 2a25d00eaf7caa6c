"""What a hub is sent of roll-ups: cells with figures, and of others not that there are any."""

import sqlalchemy as sa

from services.assessment.rollups.commands import rollup_events
from services.assessment.rollups.queries import rollups as queries
from shared.database.engine import Database
from shared.events import envelope
from shared.events.assessment import RollupsPublished
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups.releasing import publish
from tests.assessment.rollups.test_rollups import LEADER, MANAGER, crowd, empty, members, read, take
from tests.assessment.world import TREE

DECODER = envelope.decoder(RollupsPublished)


async def sent(database: Database) -> dict[str, int | None]:
    """People of each unit, the last word on each."""
    statement = sa.text("select payload from outbox where subject like '%.rollups-published.v1' order by id")
    bodies = [row["payload"] for row in await rows(database, statement)]
    return {item.unit_code: item.people for body in bodies for item in DECODER.decode(body).data.items}


async def test_only_what_others_are_shown_goes_up(database: Database):
    await empty(database)
    async with database.session() as session:
        await session.execute(sa.text("delete from outbox"))
    await take(database, *members("a", "F1", 8), *members("b", "F3", 2))
    await goes_up(database, 6)  # two people of ten: the whole of either side would tell them
    await crowd(database, "c", "F3", 5)
    # N told of those two before, and less a first word of either side it would tell of them.
    await goes_up(database, 6)
    await crowd(database, "d", "F2", 4)
    await goes_up(database, 2)


async def goes_up(database: Database, hidden: int) -> None:
    """After a release, and sent again, a hub has the units of which a leader is shown something, and no more."""
    await publish(database)
    async with database.session() as session:
        await rollup_events.resend(session)
    whole, shown = [
        {code for code in TREE for level in (await read(database, queries.unit, code, caller))["levels"]
         if level["people"]}
        for caller in (MANAGER, LEADER)
    ]  # fmt: skip
    assert len(whole - shown) == hidden, (whole, shown)
    told = await sent(database)
    assert told.keys() == shown
    assert None not in told.values()


async def test_a_competency_without_the_number_of_people_does_not_go_up(database: Database):
    """Its row may be published without them: a mark without a figure would say that somebody is there."""
    await empty(database)
    await take(database, *members("a", "F1", 8))
    await publish(database)
    (row,) = await rows(database, sa.text("select * from published_rollup where unit_code = 'F1'"))
    async with database.session() as session:
        await session.execute(sa.text("delete from outbox"))
        await rollup_events.send(session, [{**row, "moved": [0, *row["moved"][1:]]}])
    assert await sent(database) == {}
