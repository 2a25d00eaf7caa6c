"""Somebody is erased: what they count in stays, measured again too, and the id is nowhere."""

from datetime import UTC, datetime

from sqlalchemy import text

from services.evaluation import consumers
from services.evaluation.facts.queries import everybody
from services.evaluation.indicators.commands import contributions
from shared.erasure.pseudonyms import pseudonym
from shared.events.registry import PersonErased
from tests.erased import mentions
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation

WHO = b.key("p0")
SHARES = """
select period, indicator, unit_code, numerator, denominator, source from contribution order by 1, 2, 3, 4, 5, 6
"""


async def rows(evaluation: Evaluation, statement: str) -> list[dict]:
    async with evaluation.database.reading() as session:
        return [dict(row) for row in (await session.execute(text(statement))).mappings()]


async def test_shares_stay_under_a_pseudonym(evaluation: Evaluation, august: None):
    await evaluation.take(b.received(b.units(("C", None), ("F1", "C"))))
    gone = b.person("p0", version=2, active=False, deactivated_on=datetime(2026, 8, 1, tzinfo=UTC).date())
    await evaluation.take(b.received(b.people(b.person("p0"), b.person("p1"))))
    for who in ("p0", "p1"):
        await evaluation.take(b.received(b.assessed(f"a-{who}", who, "2026-05-10")))
        await evaluation.take(b.received(b.proposed(f"plan-{who}", f"a-{who}", who)))
    await evaluation.take(b.received(b.people(gone)))
    before = await rows(evaluation, SHARES)
    values = await rows(evaluation, "select * from indicator_value order by 1, 2, 3")
    assert before
    event = PersonErased(
        person_id=str(WHO), erased_at=datetime(2026, 8, 20, tzinfo=UTC), confirmed_by="k", digest="d"
    )
    for _ in range(2):
        async with evaluation.database.session() as session:
            await consumers.person_erased(session, [b.received(event)])
    assert await mentions(evaluation.database, str(WHO), but=("erased_person", "outbox")) == []
    assert await rows(evaluation, SHARES) == before
    async with evaluation.database.session() as session:
        known = await everybody(session)
        assert pseudonym(WHO) in known
        await contributions.measure(session, known)
    assert await rows(evaluation, SHARES) == before, "measured again"
    assert await rows(evaluation, "select * from indicator_value order by 1, 2, 3") == values
