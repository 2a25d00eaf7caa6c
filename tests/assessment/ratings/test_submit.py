"""One response at a time: who may, what is stored, and who completes the assessment."""

import asyncio

import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.raters.commands import raters
from services.assessment.ratings.commands import responses
from services.assessment.ratings.commands.responses import Answers
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import assessment, rater_request, response, result
from shared.auth.caller import Caller, subject_key
from shared.database.engine import Database
from shared.errors import Conflict, Forbidden, Invalid, NotFound, Problem
from tests.assessment.cycles.test_cycles import opened, rows
from tests.assessment.world import ISSUER, PEPPER, identity

THREES = [3] * 33


def caller(name: str) -> Caller:
    return Caller(frozenset({"leader"}), (), subject_key(PEPPER, ISSUER, name))


def name_of(person) -> str:
    names = ["aboss", "cboss"] + [
        f"{p}{n}{w}" for p in "ac" for n in range(6) for w in ("", "-ward0", "-ward1")
    ]
    return next(name for name in names if identity(name) == person)


async def requests_about(database: Database, cycle_id, name: str):
    select = sa.select(rater_request).join(assessment)
    about = (assessment.c.cycle_id == cycle_id) & (assessment.c.person_id == identity(name))
    return await rows(database, select.where(about).order_by(rater_request.c.category))


async def accepted(database: Database, cycle_id, name: str):
    """All requests about a person, accepted by their raters."""
    async with database.session() as session:
        for request in await requests_about(database, cycle_id, name):
            await raters.answer(session, request["request_id"], request["person_id"], "accepted")
    return await requests_about(database, cycle_id, name)


async def submit(database: Database, request, answers: Answers, name: str | None = None):
    async with database.transaction() as connection:
        who = caller(name or name_of(request["person_id"]))
        return await responses.submit(connection, who, request["request_id"], answers)


async def count(database: Database, table, *where) -> int:
    return (await rows(database, sa.select(sa.func.count().label("n")).select_from(table).where(*where)))[0][
        "n"
    ]


async def test_the_last_one_awaited_scores_and_publishes_in_the_same_transaction(country: Database):
    row = await opened(country, unit_code="N1")
    requests = await accepted(country, row["cycle_id"], "a0")
    by_category = {"self": 5, "manager": 3, "peer": 4, "report": 2}
    for place, request in enumerate(requests):
        done = await submit(country, request, Answers([by_category[request["category"]]] * 33))
        last = place == len(requests) - 1
        assert done.assessment_state == ("completed" if last else "open")
        assert await count(country, result, result.c.cycle_id == row["cycle_id"]) == last
    (found,) = await rows(country, sa.select(result).where(result.c.cycle_id == row["cycle_id"]))
    # Three peers at 4 and two reports at 2 merge to 3.2 with weight .6, the manager's 3 has .4.
    assert found["scores"] == [312] * 11
    assert found["self_scores"] == [500] * 11
    assert found["gaps"] == [88] * 11
    assert found["counts"] == [6] * 11
    assert {tuple(group["categories"]) for group in found["groups"][0]} == {("manager",), ("peer", "report")}
    sent = sa.text("select payload from outbox where aggregate_id = :id").bindparams(
        id=str(found["assessment_id"])
    )
    (event,) = await rows(country, sent)
    assert b'"kind":"cycle"' in event["payload"]


async def test_answers_come_as_an_array_or_by_code(country: Database):
    row = await opened(country, unit_code="N1")
    requests = {item["category"]: item for item in await accepted(country, row["cycle_id"], "a1")}
    await submit(country, requests["self"], Answers({"VS-I-1": 5, "SC-I-3": 2}, {"SC": 4}))
    await submit(country, requests["manager"], Answers([None, 0, 1] * 11, [3] * 11))
    found = await rows(
        country,
        sa.select(response).where(response.c.request_id == requests["self"]["request_id"]),
    )
    assert found[0]["ratings"] == [5] + [0] * 31 + [2]
    assert found[0]["relevance"] == [0] * 10 + [4]


@pytest.mark.parametrize(
    ("answers", "pointer"),
    [
        (Answers([3] * 32), "/ratings"),
        (Answers([3] * 5000), "/ratings"),
        (Answers([]), "/ratings"),
        (Answers([None] * 33), "/ratings"),
        (Answers([3] * 32 + [6]), "/ratings/32"),
        (Answers([-1] + [3] * 32), "/ratings/0"),
        (Answers([2**40] + [3] * 32), "/ratings/0"),
        (Answers({"VS-I-1": 3, "VS-B-1": 3}), "/ratings/VS-B-1"),
        (Answers({"a/b~c": 3}), "/ratings/a~1b~0c"),
        (Answers(THREES, [3] * 10), "/relevance"),
        (Answers(THREES, [9] * 11), "/relevance/0"),
        (Answers(THREES, {"XX": 3}), "/relevance/XX"),
    ],
)
async def test_a_response_that_does_not_fit_is_refused_with_a_pointer_and_nothing_stored(
    country: Database, answers, pointer
):
    row = await opened(country, unit_code="N1")
    (own,) = [
        item for item in await requests_about(country, row["cycle_id"], "a2") if item["category"] == "self"
    ]
    before = await rows(
        country, sa.select(assessment).where(assessment.c.assessment_id == own["assessment_id"])
    )
    with pytest.raises(Invalid) as refused:
        await submit(country, own, answers)
    assert pointer in [error.pointer for error in refused.value.errors]
    after = await rows(
        country, sa.select(assessment).where(assessment.c.assessment_id == own["assessment_id"])
    )
    assert before == after
    assert await count(country, response, response.c.request_id == own["request_id"]) == 0


async def test_relevance_is_not_asked_of_peers(country: Database):
    row = await opened(country, unit_code="N1")
    peer = next(item for item in await accepted(country, row["cycle_id"], "a2") if item["category"] == "peer")
    with pytest.raises(Invalid, match="response-invalid"):
        await submit(country, peer, Answers(THREES, [3] * 11))


async def refusal(database: Database, request, name: str | None = None) -> str:
    with pytest.raises(Problem) as refused:
        await submit(database, request, Answers(THREES), name)
    assert isinstance(refused.value, Conflict | Forbidden | NotFound)
    return refused.value.code


async def test_the_door_is_closed_to_everybody_else_and_at_every_other_time(country: Database):
    row = await opened(country, unit_code="N1")
    requests = await requests_about(country, row["cycle_id"], "a3")
    own = next(item for item in requests if item["category"] == "self")
    peer = next(item for item in requests if item["category"] == "peer")
    assert await refusal(country, own, "aboss") == "rater-request-unknown"
    assert await refusal(country, own, "nobody") == "rater-request-unknown"
    assert await refusal(country, peer) == "request-not-accepted"
    assert await refusal(country, {"request_id": identity("no such"), "person_id": identity("a3")}) == (
        "rater-request-unknown"
    )
    await submit(country, own, Answers(THREES))
    assert await refusal(country, own) == "already-answered"
    async with country.session() as session:
        await raters.answer(session, peer["request_id"], peer["person_id"], "accepted")
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    assert await refusal(country, peer) == "cycle-closed"


async def test_two_last_raters_at_once_complete_exactly_once(country: Database):
    for _ in range(5):
        row = await opened(country, unit_code="N1")
        requests = await accepted(country, row["cycle_id"], "a4")
        states = await asyncio.gather(*(submit(country, request, Answers([4] * 33)) for request in requests))
        assert sorted(done.assessment_state for done in states) == ["completed"] + ["open"] * (
            len(requests) - 1
        )
        assert await count(country, result, result.c.cycle_id == row["cycle_id"]) == 1
        (key,) = {request["assessment_id"] for request in requests}
        sent = sa.text("select count(*) as n from outbox where aggregate_id = :id").bindparams(id=str(key))
        assert (await rows(country, sent))[0]["n"] == 1
        (found,) = await rows(country, sa.select(result).where(result.c.assessment_id == key))
        assert found["counts"] == [len(requests) - 1] * 11


async def test_one_rater_submitting_twice_at_once_is_counted_once(country: Database):
    row = await opened(country, unit_code="N1")
    requests = await accepted(country, row["cycle_id"], "a5")
    outcomes = await asyncio.gather(
        *(submit(country, requests[0], Answers([4] * 33)) for _ in range(6)), return_exceptions=True
    )
    assert sum(not isinstance(item, Exception) for item in outcomes) == 1
    assert {item.code for item in outcomes if isinstance(item, Problem)} == {"already-answered"}
    (found,) = await rows(
        country, sa.select(assessment).where(assessment.c.assessment_id == requests[0]["assessment_id"])
    )
    assert found["awaited"] == len(requests) - 1
    assert await count(country, cycle, cycle.c.cycle_id == row["cycle_id"]) == 1
