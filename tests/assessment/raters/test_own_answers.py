"""A rater's archive has what they answered themselves, and nobody else's answers."""

import sqlalchemy as sa

from services.assessment.raters.queries.own_answers import own_answers
from services.assessment.ratings.commands.responses import Answers
from services.assessment.tables.ratings import response
from shared.database.engine import Database
from shared.http.paging import Page
from tests.assessment.cycles.test_cycles import opened
from tests.assessment.ratings.test_submit import accepted, caller, name_of, submit


async def answers_of(database: Database, name: str) -> list[dict]:
    async with database.reading() as session:
        return (await own_answers(session, caller(name), Page(200, None)))["items"]


async def test_own_answers_alone(country: Database):
    row = await opened(country, unit_code="N1", max_peers=0)
    requests = await accepted(country, row["cycle_id"], "a0")
    for place, request in enumerate(requests):
        await submit(country, request, Answers([place % 5 + 1] * 33))
    for place, request in enumerate(requests):
        rater = await answers_of(country, name_of(request["person_id"]))
        (found,) = [each for each in rater if each["request_id"] == request["request_id"]]
        assert found["request_id"] == request["request_id"]
        assert found["ratings"] == [place % 5 + 1] * 33
        assert not {"assessment_id", "person_id", "entered_by"} & found.keys(), "it does not say of whom"
    assert await answers_of(country, "a1") == []


async def test_what_somebody_typed_in_is_not_the_raters(country: Database):
    row = await opened(country, unit_code="N1", max_peers=0, overlapping=True)
    request, *_ = await accepted(country, row["cycle_id"], "a2")
    await submit(country, request, Answers([4] * 33))
    rater = name_of(request["person_id"])
    assert request["request_id"] in {each["request_id"] for each in await answers_of(country, rater)}
    async with country.session() as session:
        mine = response.c.request_id == request["request_id"]
        await session.execute(
            sa.update(response).where(mine).values(entered_by="a-clerk", typed_by="a-clerk")
        )
    assert request["request_id"] not in {each["request_id"] for each in await answers_of(country, rater)}
