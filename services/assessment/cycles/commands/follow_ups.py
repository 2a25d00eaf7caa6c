"""Follow-ups at 90 and 180 days: the earlier raters are asked again."""

from datetime import date, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.events.planning import FollowUpDue

RE_RATINGS = (90, 180)  # day 30 is a check-in, which planning keeps
OPEN_FOR = timedelta(days=30)

# The same instrument, targets and prevalence as before, so that the two can be compared. The post
# and unit are today's: people move between an assessment and its follow-up.
_OPEN = sa.text("""
with earlier as (
    select a.*, coalesce(p.unit_code, a.unit_code) as now_unit, coalesce(p.post_id, a.post_id) as now_post,
        coalesce(p.role_code, a.role_code) as now_role
    from assessment a join person on person.person_id = a.person_id and person.active
    left join lateral (
        select * from post where post.person_id = a.person_id and is_primary
          and valid_from <= cast(:today as date) and (valid_to is null or valid_to >= cast(:today as date))
        order by valid_from desc limit 1
    ) p on true
    where a.assessment_id = cast(:assessment_id as uuid) and a.state = 'completed'
), raters as materialized (
    select gen_random_uuid() as request_id, r.person_id, r.category, r.independent
    from rater_request r join earlier e using (assessment_id)
    join person on person.person_id = r.person_id and person.active
    where r.state = 'answered'
), opened as (
    insert into assessment (assessment_id, kind, plan_id, follow_up_id, follow_up_days, person_id, post_id,
        unit_code, role_code, level, framework_code, framework_version, targets, weights, prevalence,
        due_on, state, awaited, opened_at)
    select gen_random_uuid(), 'follow-up', cast(:plan_id as uuid), cast(:follow_up_id as uuid),
        cast(:days as int), e.person_id, e.now_post, e.now_unit, e.now_role, e.level, e.framework_code,
        e.framework_version, e.targets, e.weights,
        e.prevalence, cast(:due_on as date), 'open', (select count(*) from raters), cast(:now as timestamptz)
    from earlier e where exists (select from raters)
    on conflict (follow_up_id) do nothing
    returning assessment_id
)
insert into rater_request (request_id, assessment_id, person_id, category, state, invited_at, independent)
select r.request_id, o.assessment_id, r.person_id, r.category, 'accepted', cast(:now as timestamptz),
    r.independent
from raters r cross join opened o
""")


async def open_follow_up(session: AsyncSession, due: FollowUpDue) -> None:
    """Open the follow-up assessment that became due; a repeat, or one of day 30, opens nothing.

    Its raters agreed to rate before, so their requests start accepted, and who counted then towards the
    minimum of a group counts now. People who left since are
    not asked; when nobody is left, or the person has left, nothing opens.
    """
    if due.days not in RE_RATINGS:
        return
    first: date = max(due.due_on, clock.today())
    values = {
        "assessment_id": UUID(due.assessment_id),
        "plan_id": UUID(due.plan_id),
        "follow_up_id": UUID(due.follow_up_id),
        "days": due.days,
        "due_on": first + OPEN_FOR,
        "today": clock.today(),
        "now": clock.now(),
    }
    await session.execute(_OPEN, values)
