"""Two open cycles over one post would ask everybody twice: refused, unless it is meant."""

import asyncio
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.results.commands import closing
from services.assessment.tables.cycles import cycle
from shared import clock
from shared.database.engine import Database
from shared.errors import Conflict
from tests.assessment.cycles.test_cycles import draft, rows, run
from tests.assessment.ratings.test_bulk import everything, load

TOMORROW = {"starts_on": clock.today() + timedelta(days=1)}  # left alone by the timer


async def drafted(database: Database, **changes):
    async with database.session() as session:
        return await cycles.create(session, draft(**({"overlapping": False} | changes)))


async def begin(database: Database, row):
    async with database.session() as session:
        return await cycles.open_(session, await cycles.locked(session, row["cycle_id"]))


async def end(database: Database, row) -> None:
    async with database.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))


async def state(database: Database, row) -> str:
    select = sa.select(cycle.c.state).where(cycle.c.cycle_id == row["cycle_id"])
    return str((await rows(database, select))[0]["state"])


async def test_a_cycle_over_posts_that_are_being_assessed_opens_only_where_it_is_meant(country: Database):
    first = await begin(country, await drafted(country, unit_code="N1"))
    for scope in ("N", "N1", "F1"):
        with pytest.raises(Conflict) as refused:
            await begin(country, await drafted(country, unit_code=scope, **TOMORROW))
        assert (refused.value.code, "6 of these posts" in refused.value.detail) == ("cycle-overlaps", True)
    elsewhere = await begin(country, await drafted(country, unit_code="N2"))
    others = await begin(country, await drafted(country, unit_code="N1", role_codes=["ward-manager"]))
    meant = await begin(country, await drafted(country, unit_code="N1", overlapping=True))
    assert await state(country, meant) == "open"
    for row in (first, elsewhere, others, meant):
        await end(country, row)


async def test_by_its_day_it_opens_when_the_other_has_ended_and_keeps_nobody_else_waiting(country: Database):
    first = await begin(country, await drafted(country, unit_code="N1"))
    waiting = await drafted(country, unit_code="N1")
    elsewhere = await drafted(country, unit_code="N2")
    later = await drafted(country, unit_code="N", **TOMORROW)
    assert await run(country, closing.start_cycles) == 1
    assert await run(country, closing.start_cycles) == 0
    assert [await state(country, row) for row in (waiting, elsewhere, later)] == ["draft", "open", "draft"]
    await end(country, first)
    assert await run(country, closing.start_cycles) == 1
    assert await state(country, waiting) == "open"
    for row in (waiting, elsewhere):
        await end(country, row)


async def test_who_has_been_assessed_may_be_asked_about_again(country: Database):
    first = await begin(country, await drafted(country, unit_code="N1"))
    await load(country, await everything(country, first["cycle_id"]))
    while await run(country, closing.settle):
        pass
    second = await begin(country, await drafted(country, unit_code="N1"))
    for row in (first, second):
        await end(country, row)


async def test_of_two_that_open_at_the_same_moment_one_does(country: Database):
    both = [await drafted(country, unit_code="N1", **TOMORROW) for _ in range(2)]
    found = await asyncio.gather(*(begin(country, row) for row in both), return_exceptions=True)
    (refused,) = [item for item in found if isinstance(item, BaseException)]
    assert isinstance(refused, Conflict)
    assert refused.code == "cycle-overlaps"
    for row in both:
        if await state(country, row) == "open":
            await end(country, row)
