"""The response that commits itself: what it stores, what it leaves to the transaction, races."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.ratings.commands import responses
from services.assessment.ratings.commands.responses import Answers
from services.assessment.tables.ratings import assessment, response, result
from shared.database.engine import Database
from shared.errors import Invalid
from tests.assessment.cycles.test_cycles import opened, rows
from tests.assessment.ratings.test_submit import THREES, accepted, caller, count, name_of, submit


async def usual(database: Database, request, answers: Answers, name: str | None = None):
    async with database.alone() as connection:
        who = caller(name or name_of(request["person_id"]))
        return await responses.submit_usual(connection, who, request["request_id"], answers)


async def awaited(database: Database, request) -> int:
    select = sa.select(assessment.c.awaited).where(assessment.c.assessment_id == request["assessment_id"])
    return (await rows(database, select))[0]["awaited"]


@pytest.fixture
async def requests(country: Database) -> list[Any]:
    """Accepted requests about a0, the instrument known; the last one has answered."""
    row = await opened(country, unit_code="N1")
    found = await accepted(country, row["cycle_id"], "a0")
    last = next(item for item in found if item["category"] == "report")
    await submit(country, last, Answers(THREES))
    return [*(item for item in found if item is not last), last]


async def test_it_stores_and_counts_like_the_transaction(country: Database, requests):
    before = await awaited(country, requests[0])
    done = await usual(country, requests[0], Answers([None, *THREES[1:]]))
    assert done is not None
    assert (done.state, done.assessment_state) == ("answered", "open")
    assert done.assessment_id == str(requests[0]["assessment_id"])
    assert await awaited(country, requests[0]) == before - 1
    (stored,) = await rows(
        country, sa.select(response).where(response.c.request_id == requests[0]["request_id"])
    )
    assert stored["ratings"] == [0, *THREES[1:]]


async def test_what_needs_more_is_left_alone(country: Database, requests):
    peer = next(item for item in requests if item["category"] == "peer")
    answered, before = requests[-1], await awaited(country, peer)
    for request, answers, name in (
        (answered, Answers(THREES), None),
        (peer, Answers(THREES), "nobody"),
        (peer, Answers(THREES, [3] * 11), None),
        (peer, Answers(THREES, [3] * 10), None),
        (peer, Answers({"VS-I-1": 5}), None),
        (peer, Answers([None] * 33), None),
        (peer, Answers([3] * 32), None),
        (peer, Answers([]), None),
    ):
        assert await usual(country, request, answers, name) is None
    with pytest.raises(Invalid):
        await usual(country, peer, Answers([6] * 33))
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, await cycle_of(country, peer)))
    assert await usual(country, peer, Answers(THREES)) is None
    assert await count(country, response, response.c.request_id == peer["request_id"]) == 0
    assert await awaited(country, peer) <= before


async def cycle_of(database: Database, request) -> Any:
    select = sa.select(assessment.c.cycle_id).where(assessment.c.assessment_id == request["assessment_id"])
    return (await rows(database, select))[0]["cycle_id"]


async def test_an_instrument_not_met_yet_and_the_last_one_awaited_go_the_long_way(
    country: Database, requests, monkeypatch
):
    monkeypatch.setattr(responses, "_fitting", {})
    assert await usual(country, requests[0], Answers(THREES)) is None
    monkeypatch.undo()
    for request in requests[:-2]:
        assert await usual(country, request, Answers(THREES)) is not None
    assert await usual(country, requests[-2], Answers(THREES)) is None
    done = await submit(country, requests[-2], Answers(THREES))
    assert done.assessment_state == "completed"


async def test_of_submits_of_one_request_at_once_one_counts(country: Database, requests):
    before = await awaited(country, requests[0])
    outcomes = await asyncio.gather(*(usual(country, requests[0], Answers(THREES)) for _ in range(8)))
    assert sum(item is not None for item in outcomes) == 1
    assert await awaited(country, requests[0]) == before - 1


async def test_all_at_once_complete_exactly_once(country: Database, requests):
    async def either(request):
        return await usual(country, request, Answers(THREES)) or await submit(
            country, request, Answers(THREES)
        )

    outcomes = await asyncio.gather(*(either(request) for request in requests[:-1]))
    assert sorted(item.assessment_state for item in outcomes) == ["completed"] + ["open"] * (
        len(outcomes) - 1
    )
    key = requests[0]["assessment_id"]
    assert await count(country, result, result.c.assessment_id == key) == 1
