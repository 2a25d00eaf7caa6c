"""A cycle to the last day of a quarter counts in it, and days are those of the instance's time zone."""

from collections.abc import Callable
from datetime import date, datetime

import msgspec
import pytest
import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.tables.cycles import cycle
from services.assessment.tables.ratings import result
from shared import clock
from shared.database.engine import Database
from shared.events.assessment import AssessmentCompleted
from shared.events.envelope import Envelope
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_bulk import codes, line, load
from tests.assessment.ratings.test_submit import accepted, refusal, submit
from tests.assessment.test_consumers import about

Stand = Callable[[str], None]
NAIROBI, LIMA = "Africa/Nairobi", "America/Lima"
MARCH = {"unit_code": "N1", "max_reports": 0, "max_peers": 2, "ends_on": date(2027, 3, 31)}


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch):
    """`stand("2027-03-31T20:00:00Z")`: domain time stands still there."""
    yield lambda moment: monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))
    clock.set_zone("UTC")


async def state(database: Database, row) -> str:
    found = await rows(database, sa.select(cycle.c.state).where(cycle.c.cycle_id == row["cycle_id"]))
    return found[0]["state"]


async def ended(database: Database) -> None:
    for task in (closing.end_cycles, closing.settle, closing.finish_cycles):
        await run(database, task)


async def completed(database: Database, row, name: str) -> tuple[str, date | None]:
    """The period that an assessment counts in, and the day that its event says."""
    key = (await about(database, row["cycle_id"], name))["assessment_id"]
    (stored,) = await rows(database, sa.select(result).where(result.c.assessment_id == key))
    sent = sa.text("select payload from outbox where aggregate_id = :id").bindparams(id=str(key))
    (event,) = await rows(database, sent)
    told = msgspec.json.decode(event["payload"], type=Envelope[AssessmentCompleted]).data
    assert told.period == stored["period"]
    assert told.completed_at == stored["completed_at"] == clock.now()
    return stored["period"], told.measured_on


@pytest.mark.parametrize(
    ("zone", "answered", "still_open", "over"),
    [
        ("UTC", "2027-03-31T22:00:00+00:00", "2027-03-31T23:59:59+00:00", "2027-04-01T00:00:02+00:00"),
        (NAIROBI, "2027-03-31T20:00:00+00:00", "2027-03-31T20:59:59+00:00", "2027-03-31T21:00:02+00:00"),
        (LIMA, "2027-04-01T03:00:00+00:00", "2027-04-01T04:59:59+00:00", "2027-04-01T05:00:02+00:00"),
    ],
)
async def test_what_the_closing_scores_counts_in_the_quarter_that_ends(
    country: Database, stand: Stand, zone: str, answered: str, still_open: str, over: str
):
    clock.set_zone(zone)
    stand("2027-03-20T08:00:00+00:00")
    row = await opened(country, **MARCH, starts_on=clock.today())
    requests = {request["category"]: request for request in await accepted(country, row["cycle_id"], "a0")}
    stand(answered)
    for category in ("self", "manager"):
        await submit(country, requests[category], Answers([3] * 33))
    stand(still_open)
    await ended(country)
    assert await state(country, row) == "open"
    stand(over)
    assert await refusal(country, requests["peer"]) == "cycle-closed"  # before anybody has closed it
    assert codes(await load(country, [line(requests["peer"])])) == {1: "cycle-closed"}
    await ended(country)
    assert await state(country, row) == "closed"
    assert await completed(country, row, "a0") == ("2027Q1", date(2027, 3, 31))


async def test_the_last_answer_that_counts_decides(country: Database, stand: Stand):
    """Two peers who are dropped answer in April, what the manager said was said in March."""
    stand("2027-03-20T08:00:00+00:00")
    row = await opened(country, **MARCH | {"ends_on": date(2027, 4, 15)}, starts_on=clock.today())
    requests = await accepted(country, row["cycle_id"], "a1")
    stand("2027-03-30T08:00:00+00:00")
    for request in requests:
        if request["category"] == "manager":
            await submit(country, request, Answers([3] * 33))
    stand("2027-04-02T08:00:00+00:00")
    for request in requests:
        if request["category"] == "peer":
            await submit(country, request, Answers([5] * 33))
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    await ended(country)
    assert await completed(country, row, "a1") == ("2027Q1", date(2027, 3, 30))
