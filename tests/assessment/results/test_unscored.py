"""A re-rating that ended without a score is published, once, to who waits for it."""

import msgspec
import sqlalchemy as sa

from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.tables.ratings import assessment, rater_request
from shared.database.engine import Database
from shared.events.assessment import ReRatingUnscored
from tests.assessment.cycles.test_cycles import rows, run
from tests.assessment.ratings.test_submit import submit
from tests.assessment.test_consumers import completed_of, due, one_by_one
from tests.assessment.world import identity


async def re_rating(database: Database, name: str):
    """Somebody's re-rating after 90 days, as it is open."""
    earlier = await completed_of(database, name)
    await one_by_one(database, due(earlier["assessment_id"], 90, name))
    of_person = (assessment.c.kind == "follow-up") & (assessment.c.person_id == identity(name))
    (row,) = await rows(database, sa.select(assessment).where(of_person))
    return row


async def unscored(database: Database, row) -> list[ReRatingUnscored]:
    """What was published of a follow-up, each time that it ended without a score."""
    sent = sa.text("select payload from outbox where aggregate_id = :id order by id")
    found = await rows(database, sent.bindparams(id=str(row["assessment_id"])))
    bodies = [msgspec.json.decode(each["payload"]) for each in found]
    return [msgspec.convert(body["data"], ReRatingUnscored) for body in bodies]


async def test_one_that_too_few_answered_has_expired(country: Database, clock):
    row = await re_rating(country, "c0")
    clock.forward(days=31)
    for _ in range(2):
        await run(country, closing.settle)
    (event,) = await unscored(country, row)
    assert event == ReRatingUnscored(
        assessment_id=str(row["assessment_id"]), plan_id=str(identity("plan")), follow_up_days=90,
        person_id=str(identity("c0")), unit_code="F3", ended_at=event.ended_at, outcome="expired",
    )  # fmt: skip


async def test_one_that_everybody_answered_too_thinly_was_not_measured(country: Database):
    """Less than half of each competency."""
    row = await re_rating(country, "c1")
    asked = sa.select(rater_request).where(rater_request.c.assessment_id == row["assessment_id"])
    for request in await rows(country, asked):
        done = await submit(country, request, Answers([3, 0, 0] * 11))
    assert done.assessment_state == "not-measured"
    (event,) = await unscored(country, row)
    assert (event.outcome, event.plan_id, event.follow_up_days) == ("not-measured", str(identity("plan")), 90)
