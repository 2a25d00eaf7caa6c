"""Cronbach's alpha of a closed cycle."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest
import pytest_asyncio
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.frameworks.commands import instruments
from services.assessment.reliability.cronbach import alpha
from services.assessment.reliability.queries import reliability
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment, rater_request, response
from shared import clock
from shared.auth.caller import Caller
from shared.errors import Conflict, Forbidden, NotFound
from tests.assessment import world

MANAGER = Caller(frozenset({"programme-manager"}), ("N",), "k")
PEOPLE = 31


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def closed(database):
    """(database, a settled cycle of 31 managers, an open one, the complete answers on VS)."""
    instruments._known.clear()
    await world.populate(database, world.team("m", "F1", PEOPLE))
    today = clock.today()
    draft = cycles.Draft("N", ["facility-manager"], "steward-core", 1, today, today + timedelta(9), 2, 2, 1)
    chance = random.Random(3)
    answers = []
    async with database.session() as session:
        settled = await cycles.open_(session, await cycles.create(session, draft))
        second = replace(draft, overlapping=True)
        open_ = await cycles.open_(session, await cycles.create(session, second))
        requests = sa.select(rater_request).join(assessment)
        requests = requests.where(assessment.c.cycle_id == settled["cycle_id"])
        for request in (await session.execute(requests)).mappings().all():
            trait = chance.randint(2, 4)
            ratings = [trait + chance.randint(-1, 1) for _ in range(30)] + [3, 3, 0]
            values = {name: request[name] for name in ("assessment_id", "request_id")}
            await session.execute(
                response.insert().values(**values, ratings=ratings, submitted_at=clock.now())
            )
            if request["category"] != "self":
                answers.append(ratings[:3])
        mine = assessment.c.cycle_id == settled["cycle_id"]
        await session.execute(assessment.update().where(mine).values(state="completed", awaited=0))
        ended = {"state": "closed", "closed_at": clock.now(), "settled_at": clock.now()}
        await session.execute(cycle.update().where(cycle.c.cycle_id == settled["cycle_id"]).values(ended))
    return database, settled["cycle_id"], open_["cycle_id"], answers


async def test_alpha_over_the_others_complete_answers(closed):
    database, settled, _, answers = closed
    async with database.reading() as session:
        found = await reliability(session, MANAGER, settled, "I")
    first, *_, last = found["competencies"]
    assert first == {"code": "VS", "responses": len(answers), "alpha": round(alpha(answers) * 100)}
    assert last == {"code": "SC", "responses": None, "alpha": None}, "nobody answered all of SC"


async def test_nothing_below_thirty_people(closed):
    database, settled, *_ = closed
    async with database.reading() as session:
        found = await reliability(session, MANAGER, settled, "B")
    assert {item["alpha"] for item in found["competencies"]} == {None}


async def test_nothing_before_the_cycle_is_scored_and_nothing_outside_ones_units(closed):
    database, settled, open_, _ = closed
    elsewhere = Caller(frozenset({"programme-manager"}), ("N2",), "k")
    leader = Caller(frozenset({"leader"}), ("N",), "k")
    async with database.reading() as session:
        with pytest.raises(Conflict, match="cycle-not-closed"):
            await reliability(session, MANAGER, open_, "I")
        with pytest.raises(NotFound, match="cycle-unknown"):
            await reliability(session, elsewhere, settled, "I")
        with pytest.raises(Forbidden, match="role-missing"):
            await reliability(session, leader, settled, "I")
        with pytest.raises(NotFound, match="cycle-unknown"):
            await reliability(session, MANAGER, world.identity("nothing"), "I")


@pytest.mark.parametrize(("left", "shown"), [(0, True), (1, False), (4, False), (5, True)])
async def test_who_typed_nearly_everything_in_does_not_follow_the_rest(closed, left: int, shown: bool):
    database, settled, *_ = closed
    people = sa.select(assessment.c.assessment_id).where(assessment.c.cycle_id == settled)
    async with database.session() as session:
        known = list(await session.scalars(people.order_by(assessment.c.assessment_id)))
        for typist, about in ((None, known), ("clerk", known[left:])):
            mine = response.c.assessment_id.in_(about)
            await session.execute(response.update().where(mine).values(typed_by=typist))
    async with database.reading() as session:
        found = await reliability(session, MANAGER, settled, "I")
    assert (found["competencies"][0]["alpha"] is not None) is shown
