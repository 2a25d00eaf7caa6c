"""Who reads the groups of raters in a result: nobody who can make a rater or knows an answer.

A role that writes placements (`hris`) reads levels and gaps, else it could place two people with an
honest third and subtract them. The same holds, for one assessment, for anyone who typed answers of it
in, who gave one of those that count, or who wrote a placement that makes one count: a peer who has
become the manager, or a manager who came later than the raters were asked.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth.caller import Caller
from shared.directory import authorization
from shared.directory.tables import WRITERS

PLACES_RATERS = "hris"
OF_GROUPS = ("groups", "quality")

# By the sign-in that reads and every other that its person has. The subject's and the manager's own answers
# never count, so that they go on reading the groups of others.
_KNOWN = sa.text(f"""
with own as (
    select subject_key from subject where person_id = :me union select cast(:key as text)
)
select distinct r.assessment_id
from rater_request r join assessment a using (assessment_id)
join response s on s.assessment_id = r.assessment_id and s.request_id = r.request_id
where r.assessment_id = any(:assessments) and (
    s.typed_by in (select subject_key from own) or s.checked_by in (select subject_key from own)
    or r.independent and (
        r.person_id = :me or s.entered_by in (select subject_key from own)
        or exists (select from post p where jsonb_exists_any({WRITERS}, array(select subject_key from own))
            and (p.person_id = r.person_id or r.category = 'peer' and p.person_id = a.person_id))))
""")


async def withheld(session: AsyncSession, caller: Caller, assessments: Collection[UUID]) -> set[UUID]:
    """Those of `assessments` whose groups the caller may not read, although their levels are shown.

    Who reads in a person's place knows what they know themselves, too.
    """
    also = await withheld(session, caller.behind, assessments) if caller.behind else set()
    if PLACES_RATERS in caller.roles:
        return set(assessments)
    me = await authorization.caller_person(session, caller)
    values = {"me": me, "key": caller.subject_key, "assessments": list(assessments)}
    return also | set(await session.scalars(_KNOWN, values))


def without_groups(shown: dict[str, Any]) -> dict[str, Any]:
    """A result without its groups of raters, nor how far apart they lie (`reliable_change.may_be_shown`)."""
    reduced = shown | dict.fromkeys(OF_GROUPS)
    if shown.get("changes"):
        reduced["changes"] = [item and item | {"significant": None} for item in shown["changes"]]
    return reduced
