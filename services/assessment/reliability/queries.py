"""How consistently an instrument measured in one closed cycle."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.cycles.queries import stored
from services.assessment.frameworks.commands.instruments import arranged
from services.assessment.frameworks.queries.frameworks import published
from services.assessment.reliability.cronbach import SMALLEST_COHORT, alpha
from services.assessment.scoring.rounding import hundredths
from services.assessment.scoring.typists import TOGETHER
from shared.auth.caller import Caller
from shared.errors import Conflict
from shared.events.framework import COMPETENCIES
from shared.suppression import small

SAMPLE = 2000  # responses: a national cycle has 200,000, and alpha moves in its third digit beyond

# By a hash, so that the sample is the same every time and has no order in it.
_RESPONSES = sa.text("""
select a.person_id, s.ratings,
    array_remove(array[coalesce(typist.person_id::text, s.typed_by),
        coalesce(checker.person_id::text, s.checked_by),
        case when s.typed_by is not null then :all end], null) as typists
from assessment a join response s using (assessment_id) join rater_request q using (request_id)
left join subject typist on typist.subject_key = s.typed_by
left join subject checker on checker.subject_key = s.checked_by
where a.cycle_id = :cycle and a.level = :level and a.state = 'completed' and q.category <> 'self'
order by md5(s.request_id::text) limit :sample
""")


async def reliability(session: AsyncSession, caller: Caller, cycle_id: UUID, level: str) -> dict[str, Any]:
    """Cronbach's alpha per competency over the others' complete responses, in hundredths.

    None below 30 assessed people, and where somebody typed in all answers but those about one to four
    people: they could follow these. Raises as `cycles.stored`; Conflict `cycle-not-closed`: nothing shows
    figures before.
    """
    row = await stored(session, caller, "cycle.run", cycle_id)
    if row["settled_at"] is None:
        raise Conflict("cycle-not-closed", "The cycle is not closed and scored yet.")
    content = await published(session, row["framework_code"], row["framework_version"])
    values = {"cycle": cycle_id, "level": level, "sample": SAMPLE, "all": TOGETHER}
    found = (await session.execute(_RESPONSES, values)).all()
    bounds = arranged(dict(content), level).layout.bounds
    return {
        "cycle_id": str(cycle_id),
        "level": level,
        "competencies": [
            {
                "code": code,
                **_figure([(row.person_id, row.ratings[first:last], row.typists) for row in found]),
            }
            for code, (first, last) in zip(COMPETENCIES, bounds, strict=True)
        ],
    }


def _figure(answers: list[tuple[UUID, list[int], list[str]]]) -> dict[str, int | None]:
    complete = [(person, ratings, typists) for person, ratings, typists in answers if 0 not in ratings]
    if len({person for person, *_ in complete}) < SMALLEST_COHORT or _followed(complete):
        return {"responses": None, "alpha": None}
    value = alpha([ratings for _, ratings, _ in complete])
    shown = None if value is None else hundredths((value.numerator, value.denominator))
    return {"responses": len(complete), "alpha": shown}


def _followed(answers: list[tuple[UUID, list[int], list[str]]]) -> bool:
    """Whether a typist knows all answers but those about one to four people."""
    typists = {typist for *_, known in answers for typist in known}
    return any(small(len({person for person, _, known in answers if one not in known})) for one in typists)
