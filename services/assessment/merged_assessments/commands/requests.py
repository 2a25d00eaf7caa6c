"""Rater requests of people who were merged or parted.

In an open assessment one person answers once, and nobody rates themselves but in their self-rating. Of two
requests the answered one counts, else the surviving person's; the others are withdrawn, with an answer that is not
counted. In an assessment that has ended nothing changes but whose a request is, where that is free. A merge that
is undone gives requests back, and those that it withdrew are open again in assessments that are.

A request that lost has its own id in place of a person's: nobody's.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.engine import raw

# Back to the picture before any merge, of everybody in an assessment in which one of the people was asked; first
# to ids that are free, so that two may change places.
_TAKEN = """
create temporary table taken on commit drop as
select r.request_id, k.person_id, k.state from rekeyed_row k join rater_request r on r.request_id = k.row_id
where k.kind = 'rater_request' and r.assessment_id in (
    select o.assessment_id from rekeyed_row ok join rater_request o on o.request_id = ok.row_id
    where ok.kind = 'rater_request' and ok.person_id = any($1::uuid[]))
"""
_VACATE = """
update rater_request r set person_id = r.request_id from taken t where t.request_id = r.request_id
"""
_GIVE_BACK = """
update rater_request r set person_id = t.person_id,
    state = case when a.state = 'open' then coalesce(t.state, r.state) else r.state end
from taken t, assessment a where t.request_id = r.request_id and a.assessment_id = r.assessment_id
"""
_AWAIT_AGAIN = """
update assessment a set awaited = a.awaited + n.more
from (
    select r.assessment_id,
        count(*) filter (where t.state in ('invited', 'accepted') or s.awaiting_confirmation) as more
    from taken t join rater_request r using (request_id) left join response s using (assessment_id, request_id)
    where t.state is not null group by 1
) n where n.assessment_id = a.assessment_id and a.state = 'open' and n.more > 0
"""
_FORGET = "delete from rekeyed_row k using taken t where k.kind = 'rater_request' and k.row_id = t.request_id"
# Each request of the people and of whom they are part, with whose it is, and whether it has to give way.
_WANTED = """
create temporary table wanted on commit drop as
with concerned as (
    select unnest($1::uuid[]) as person_id
    union select person_id from taken
    union select a.merged_into from person_alias a where a.merged_into is not null
        and (a.person_id = any($1::uuid[]) or a.person_id in (select person_id from taken))
), asked as (
    select r.request_id, r.assessment_id, r.person_id, r.category, r.state, a.state = 'open' as is_open,
        coalesce(l.merged_into, r.person_id) as target, a.person_id as subject,
        r.state in ('invited', 'accepted', 'answered') as counts
    from rater_request r join assessment a using (assessment_id)
        left join person_alias l on l.person_id = r.person_id
    where r.person_id in (select person_id from concerned)
), ranked as (
    select *, target = subject and category <> 'self' as of_oneself, row_number() over (
        partition by assessment_id, target
        order by target = subject and category <> 'self', not counts, state <> 'answered', person_id <> target,
            request_id) as place
    from asked
)
select *, of_oneself or place > 1 as loses from ranked
where is_open and (person_id <> target or of_oneself or place > 1)
   or not is_open and person_id <> target and not of_oneself and not exists (
        select from asked o where o.assessment_id = ranked.assessment_id and o.person_id = ranked.target)
     and place = 1
"""
_NOTE = """
insert into rekeyed_row (kind, row_id, person_id, state)
select 'rater_request', request_id, person_id, case when loses and counts then state end from wanted
on conflict do nothing
"""
_LOSE = """
update rater_request r set person_id = r.request_id, version = r.version + 1,
    state = case when w.counts then 'withdrawn' else r.state end
from wanted w where w.request_id = r.request_id and w.loses
"""
_AWAIT_LESS = """
update assessment a set awaited = a.awaited - n.fewer
from (
    select w.assessment_id,
        count(*) filter (where w.state in ('invited', 'accepted') or s.awaiting_confirmation) as fewer
    from wanted w left join response s using (assessment_id, request_id) where w.loses and w.counts group by 1
) n where n.assessment_id = a.assessment_id and n.fewer > 0
"""
_WIN = """
update rater_request r set person_id = w.target from wanted w where w.request_id = r.request_id and not w.loses
"""
_DONE = "drop table taken, wanted"
_STATEMENTS = (
    _TAKEN,
    _VACATE,
    _GIVE_BACK,
    _AWAIT_AGAIN,
    _FORGET,
    _WANTED,
    _NOTE,
    _LOSE,
    _AWAIT_LESS,
    _WIN,
    _DONE,
)


async def rekey_requests(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Let requests of these people be of whom they are part of now; assessments are locked and re-keyed before."""
    connection = await raw(session)
    for statement in _STATEMENTS:
        arguments = (people,) if "$1" in statement else ()
        await connection.execute(statement, *arguments)
