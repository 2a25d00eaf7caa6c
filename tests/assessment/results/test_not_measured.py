"""An assessment without one scored competency is not measured: it shows nothing and counts nowhere."""

from uuid import uuid4

import msgspec
import pytest
import sqlalchemy as sa

from services.assessment import consumers
from services.assessment.cycles.commands import cycles
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.rollups.commands import rebuild
from services.assessment.tables.cycles import prevalence
from services.assessment.tables.ratings import result
from services.assessment.tables.rollups import counted
from shared.database.engine import Database
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.rated import as_person, request_of
from tests.assessment.rated import opened as opened_there
from tests.assessment.ratings.test_bulk import everything, load
from tests.assessment.ratings.test_submit import accepted, submit
from tests.assessment.rollups.test_rollups import fact, kept
from tests.assessment.test_consumers import about, fact_of, hear
from tests.assessment.world import identity

ONE_ITEM_EACH = [3, 0, 0] * 11  # less than half of every competency


async def close(database: Database, row) -> None:
    async with database.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    await run(database, closing.settle)
    await run(database, closing.finish_cycles)


async def events_of(database: Database, key) -> list:
    found = sa.text("select subject, payload from outbox where aggregate_id = :id").bindparams(id=str(key))
    return await rows(database, found)


async def of_category(database: Database, row, name: str, *categories: str):
    found = await accepted(database, row["cycle_id"], name)
    return [request for category in categories for request in found if request["category"] == category]


@pytest.mark.parametrize(
    ("name", "categories", "answers", "state"),
    [
        ("a0", ("peer",), [2] * 33, "expired"),  # two of its peers answer
        ("a1", ("self", "peer"), [2] * 33, "expired"),
        ("a2", ("manager",), ONE_ITEM_EACH, "not-measured"),
        ("a3", ("peer", "report"), ONE_ITEM_EACH, "not-measured"),
        ("a4", ("manager",), [3, 3, 3] + [0] * 30, "completed"),
    ],
)
async def test_a_cycle_that_closes_measures_with_the_manager_or_three_others(
    country: Database, name, categories, answers, state
):
    row = await opened(country, unit_code="N1", max_peers=2)
    for request in await of_category(country, row, name, *categories):
        await submit(country, request, Answers(answers))
    await close(country, row)
    found = await about(country, row["cycle_id"], name)
    assert found["state"] == state
    key = found["assessment_id"]
    results = await rows(country, sa.select(result.c.scores).where(result.c.assessment_id == key))
    assert (len(results), len(await events_of(country, key))) == ((1, 1) if state == "completed" else (0, 0))
    if results:
        assert [score is None for score in results[0]["scores"]] == [False] + [True] * 10
    told = await events_of(country, row["cycle_id"])
    (closed,) = [event["payload"] for event in told if "cycle-closed" in event["subject"]]
    assert f'"not_measured":{int(state == "not-measured")}'.encode() in closed
    assert not await rows(country, sa.select(prevalence).where(prevalence.c.cycle_id == row["cycle_id"]))


async def test_when_everybody_has_answered_and_nothing_can_be_scored_it_is_not_measured(country: Database):
    row = await opened(country, unit_code="N1")
    for request in await accepted(country, row["cycle_id"], "a5"):
        done = await submit(country, request, Answers(ONE_ITEM_EACH))
    assert done.assessment_state == "not-measured"
    assert await events_of(country, done.assessment_id) == []


async def test_it_takes_nobody_out_of_the_roll_ups_and_a_recount_says_the_same(country: Database):
    row = await opened(country)
    await load(country, await everything(country, row["cycle_id"]))
    await run(country, closing.settle)
    facts = [fact_of(item) for item in await rows(country, sa.select(result))]
    await hear(country, consumers.completed, *facts)
    before = await kept(country)
    nothing = fact("x", "F1", None, at=60)
    later = [
        msgspec.structs.replace(nothing, person_id=each.person_id, assessment_id=str(uuid4()))
        for each in facts
    ]
    await hear(country, consumers.completed, *later)
    assert await kept(country) == before
    async with country.session() as session:
        assert await rebuild.recount(session) == {"counted": 0, "rollups": 0}
    # As it was counted before: a recount takes out whom nothing measured.
    other = sa.select(counted).where(counted.c.person_id == identity("c0"))
    (mine,) = await rows(country, other)
    async with country.session() as session:
        gone = result.delete().where(result.c.person_id == identity("c0"))
        await session.execute(gone)
        assert (await rebuild.recount(session))["counted"] == 1
    assert not await rows(country, other)
    assert (await kept(country))["F3", mine["period"], "I"].people == before[
        "F3", mine["period"], "I"
    ].people - 1


async def test_subject_and_manager_are_told(service, token):
    cycle = await opened_there(service, max_peers=0, max_reports=0)
    for rater in ("a0", "aboss"):
        request = await request_of(service, token, rater, cycle, "a0")
        client = as_person(service, token, rater)
        await client.post(f"/v1/rater-requests/{request['request_id']}/accept")
        done = await client.post(
            f"/v1/rater-requests/{request['request_id']}/response", json={"ratings": ONE_ITEM_EACH}
        )
    assert done.json["assessment_state"] == "not-measured"
    for reader in ("a0", "aboss"):
        path = f"/v1/assessments/{request['assessment_id']}"
        client = as_person(service, token, reader)
        assert (await client.get(path)).json["state"] == "not-measured"
        told = await client.get(f"{path}/result")
        assert (told.status, told.code) == (409, "assessment-not-measured")
        scores = await client.get(f"/v1/people-scores/{identity('a0')}")
        assert request["assessment_id"] not in [item["assessment_id"] for item in scores.json["items"]]
