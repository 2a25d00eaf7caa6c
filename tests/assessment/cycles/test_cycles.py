"""Cycles open with one assessment per primary post, and end with everything scored or expired."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.results.commands import closing
from services.assessment.tables.cycles import cycle, prevalence
from services.assessment.tables.ratings import assessment, rater_request
from shared import clock
from shared.database.engine import Database
from shared.errors import Conflict, Invalid
from tests.assessment.world import identity


def draft(**changes):
    today = clock.today()
    values = {
        "unit_code": "N",
        "role_codes": ["facility-manager"],
        "framework_code": "steward-core",
        "framework_version": 1,
        "starts_on": today,
        "ends_on": today + timedelta(days=30),
        "max_peers": 3,
        "max_reports": 5,
        "seed": 7,
        "overlapping": True,  # the tests of a module open cycle after cycle over the same posts
    }
    return cycles.Draft(**(values | changes))


async def opened(database: Database, **changes):
    async with database.session() as session:
        row = await cycles.create(session, draft(**changes))
        return await cycles.open_(session, row)


async def rows(database: Database, select):
    async with database.reading() as session:
        return (await session.execute(select)).mappings().all()


async def raters_of(database: Database, cycle_id, name: str):
    select = (
        sa.select(rater_request)
        .join(assessment)
        .where(assessment.c.cycle_id == cycle_id, assessment.c.person_id == identity(name))
    )
    return await rows(database, select)


async def test_a_cycle_opens_one_assessment_per_primary_post_with_its_role_in_scope(country: Database):
    row = await opened(country, unit_code="N1")
    found = await rows(country, sa.select(assessment).where(assessment.c.cycle_id == row["cycle_id"]))
    assert {item["person_id"] for item in found} == {identity(f"a{number}") for number in range(6)}
    assert {item["unit_code"] for item in found} == {"F1"}
    assert found[0]["targets"] == [400] * 11


async def test_raters_are_invited_by_relation_under_the_limits(country: Database):
    row = await opened(country, max_peers=3, max_reports=1)
    raters = await raters_of(country, row["cycle_id"], "a0")
    by_category = {}
    for item in raters:
        by_category.setdefault(item["category"], set()).add(item["person_id"])
    assert by_category["self"] == {identity("a0")}
    assert by_category["manager"] == {identity("aboss")}
    assert len(by_category["peer"]) == 3
    assert by_category["peer"] < {identity(f"a{number}") for number in range(1, 6)}
    assert len(by_category["report"]) == 1
    assert by_category["report"] < {identity("a0-ward0"), identity("a0-ward1")}
    assert {item["state"] for item in raters if item["category"] == "self"} == {"accepted"}
    assert {item["state"] for item in raters if item["category"] != "self"} == {"invited"}
    (mine,) = await rows(
        country,
        sa.select(assessment.c.awaited).where(assessment.c.assessment_id == raters[0]["assessment_id"]),
    )
    assert mine["awaited"] == len(raters) == 6


async def test_the_same_seed_picks_the_same_raters_and_another_picks_others(country: Database):
    async def picked(seed: int):
        row = await opened(country, seed=seed)
        return {
            name: {item["person_id"] for item in await raters_of(country, row["cycle_id"], name)}
            for name in ("a0", "a1", "a2", "a3", "a4", "a5")
        }

    assert await picked(1) == await picked(1)
    assert await picked(1) != await picked(2)


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"framework_version": 9}, "cycle-invalid", "/framework_version"),
        ({"role_codes": ["facility-manager", "king"]}, "cycle-invalid", "/role_codes/1"),
        ({"ends_on": clock.today() - timedelta(days=1), "starts_on": clock.today() - timedelta(days=2)},
         "cycle-over", "/ends_on"),
        ({"ends_on": clock.today() - timedelta(days=1)}, "dates-reversed", "/ends_on"),
    ],
)  # fmt: skip
async def test_a_cycle_of_what_does_not_exist_is_refused(country: Database, changes, code, pointer):
    with pytest.raises(Invalid) as refused:
        async with country.session() as session:
            await cycles.create(session, draft(**changes))
    assert (refused.value.code, refused.value.errors[0].pointer) == (code, pointer)


async def test_opening_and_closing_again_change_nothing_and_closed_is_the_end(country: Database):
    row = await opened(country)
    async with country.session() as session:
        assert await cycles.open_(session, await cycles.locked(session, row["cycle_id"])) == row
        closed = await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
        assert await cycles.close(session, closed) == closed
        with pytest.raises(Conflict, match="cycle-closed"):
            await cycles.open_(session, closed)
        with pytest.raises(Conflict, match="cycle-closed"):
            await cycles.change(session, closed, {"ends_on": clock.today()})
        with pytest.raises(Conflict, match="cycle-not-open"):
            await cycles.close(session, await cycles.create(session, draft()))


async def run(database: Database, task) -> int:
    total = 0
    while True:
        async with database.session() as session:
            done = await task(session)
        if not done:
            return total
        total += done


async def test_time_opens_and_closes_cycles(country: Database, clock):
    async with country.session() as session:
        start = draft(
            starts_on=clock_today() + timedelta(days=5),
            ends_on=clock_today() + timedelta(days=10),
            unit_code="N2",
        )
        row = await cycles.create(session, start)
    key = cycle.c.cycle_id == row["cycle_id"]

    async def state():
        await run(country, closing.start_cycles)
        await run(country, closing.end_cycles)
        return (await rows(country, sa.select(cycle).where(key)))[0]["state"]

    assert await state() == "draft"
    clock.forward(days=5)
    assert await state() == "open"
    clock.forward(days=5)
    assert await state() == "open"
    clock.forward(days=1)
    assert await state() == "closed"


async def test_an_unanswered_cycle_expires_and_is_announced_once(country: Database):
    row = await opened(country, unit_code="N2")
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    await run(country, closing.settle)
    await run(country, closing.finish_cycles)
    mine = sa.select(assessment.c.state).where(assessment.c.cycle_id == row["cycle_id"])
    assert [item["state"] for item in await rows(country, mine)] == ["expired"] * 4
    sent = sa.text(
        "select count(*) as n from outbox where aggregate_id = :id and subject like '%cycle-closed%'"
    )
    assert (await rows(country, sent.bindparams(id=str(row["cycle_id"]))))[0]["n"] == 1
    assert await run(country, closing.finish_cycles) == 0
    assert not await rows(country, sa.select(prevalence).where(prevalence.c.cycle_id == row["cycle_id"]))


def clock_today():
    return clock.today()
