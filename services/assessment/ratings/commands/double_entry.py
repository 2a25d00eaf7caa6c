"""Double data entry: answers that were typed in are confirmed by a second person who enters the same.

The second person learns nothing of what was entered before: their lines are refused like any other line
about a rater who has answered, and compared in silence.
"""

import asyncpg

from shared.auth.caller import Caller

# By another sign-in that is not the same person's, nor the subject's or the manager's; of two programs none
# is a person. Of each answer the first line counts, once, so that nobody can try until it fits. Nothing waits
# any more afterwards, equal or not: that the assessment is completed would tell which.
_COMPARE = """
with compared as (
update response s set checked_by = $1::text,
    confirmed = s.ratings = i.ratings and s.relevance is not distinct from i.relevance,
    awaiting_confirmation = false
from (
    select distinct on (request_id) * from judged where verdict = 'already-answered' order by request_id, line
) j
join incoming i using (line)
join assessment a on a.assessment_id = j.assessment_id and a.state = 'open'
join rater_request r on r.request_id = j.request_id and r.category = i.category
join response before on before.assessment_id = j.assessment_id and before.request_id = j.request_id
left join subject me on me.subject_key = $1::text
where s.assessment_id = j.assessment_id and s.request_id = j.request_id
    and not s.confirmed and s.checked_by is null and s.typed_by = s.entered_by and s.typed_by <> $1::text
    and not ($2::boolean and s.typed_by_client)
    and me.person_id is distinct from a.person_id
    and not exists (select from subject typist
        where typist.subject_key = s.typed_by and typist.person_id = me.person_id)
    and not exists (select from rater_request boss where boss.assessment_id = a.assessment_id
        and boss.category = 'manager' and boss.person_id = me.person_id)
    and not exists (select from cycle c where c.cycle_id = a.cycle_id and c.state <> 'open')
returning s.assessment_id, before.awaiting_confirmation as released
), less as (
update assessment a set awaited = a.awaited - c.released
from (select assessment_id, count(*) as released from compared where released group by 1) c
where a.assessment_id = c.assessment_id
returning a.awaited
)
select count(*) from less where awaited = 0
"""
_REFUSED = "select exists (select from judged where verdict = 'already-answered')"


async def compare(connection: asyncpg.Connection, caller: Caller) -> int:
    """Take the refused lines of a load as second entries, where the first was somebody else's.

    Returns how many assessments await nobody any more.

    The chunk's lines are in `incoming`, what was decided about them in `judged`, as `bulk.load` leaves them
    with the assessments locked.
    """
    if not await connection.fetchval(_REFUSED):  # to plan the comparison takes longer than to judge the lines
        return 0
    completing: int = await connection.fetchval(_COMPARE, caller.subject_key, caller.client)
    return completing
