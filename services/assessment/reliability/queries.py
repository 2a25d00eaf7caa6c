"""How consistently an instrument measured in one closed cycle."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.cycles.queries import stored
from services.assessment.frameworks.commands.instruments import arranged
from services.assessment.frameworks.queries.frameworks import published
from services.assessment.reliability.cronbach import SMALLEST_COHORT, alpha
from services.assessment.scoring.rounding import hundredths
from services.assessment.scoring.typists import TOGETHER
from services.assessment.tables import directory
from services.assessment.tables.ratings import assessment, rater_request, response
from shared.auth.caller import Caller
from shared.errors import Conflict
from shared.events.framework import COMPETENCIES
from shared.suppression import small

SAMPLE = 2000  # responses: a national cycle has 200,000, and alpha moves in its third digit beyond


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
    found = (await session.execute(_responses(cycle_id, level))).all()
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


def _responses(cycle_id: UUID, level: str) -> sa.Select[Any]:
    """The sample of the others' responses: by a hash, so that it is the same every time and has no order in it."""
    typist, checker = directory.subject.alias("typist"), directory.subject.alias("checker")
    everybody = sa.case((response.c.typed_by.is_not(None), TOGETHER))
    typists = array(
        [
            sa.func.coalesce(sa.cast(typist.c.person_id, sa.Text), response.c.typed_by),
            sa.func.coalesce(sa.cast(checker.c.person_id, sa.Text), response.c.checked_by),
            sa.cast(everybody, sa.Text),
        ]
    )
    answered = (
        assessment.join(response, response.c.assessment_id == assessment.c.assessment_id)
        .join(rater_request, rater_request.c.request_id == response.c.request_id)
        .outerjoin(typist, typist.c.subject_key == response.c.typed_by)
        .outerjoin(checker, checker.c.subject_key == response.c.checked_by)
    )
    known = sa.func.array_remove(typists, sa.null()).label("typists")
    return (
        sa.select(assessment.c.person_id, response.c.ratings, known)
        .select_from(answered)
        .where(
            assessment.c.cycle_id == cycle_id,
            assessment.c.level == level,
            assessment.c.state == "completed",
            rater_request.c.category != "self",
        )
        .order_by(sa.func.md5(sa.cast(response.c.request_id, sa.Text)))
        .limit(SAMPLE)
    )


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
