"""Opening: one assessment per primary post in a cycle's scope, its raters picked by relation.

Set-based, because a national cycle opens 30,000 posts at once.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import instruments
from services.assessment.tables import directory
from services.assessment.tables.cycles import cycle
from shared import clock
from shared.database.arrays import literal
from shared.directory.tables import WRITERS

# Raters come ranked by a hash of seed, post and rater, so the same seed picks the same people.
# Someone in two relations to the post (a peer who also reports) is asked once, in the nearest one.
# Independent raters first: those who count towards the minimum of a group. The placements that make the
# relation (the rater's, of a peer also the subject's) must have been written before the cycle was
# prepared, and no version of them by anybody who can profit: neither the subject nor the manager, whatever
# their sign-ins, also where a clean hand has written it again.
_OPEN = sa.text(f"""
with profile as (
    select * from unnest(cast(:roles as text[]), cast(:targets as text[]), cast(:weights as text[]))
        as p(role_code, targets, weights)
), holder as (
    select p.post_id, p.person_id, p.unit_code, p.role_code, p.level, p.manager_post_id, p.is_primary,
        p.recorded_by is not null and coalesce(p.recorded_at <= cast(:prepared as timestamptz), false) as before,
        array(select writer.person_id from jsonb_object_keys({WRITERS}) as keys(subject_key)
            join subject writer using (subject_key)) as writers
    from post p join person using (person_id)
    where person.active and p.valid_from <= cast(:today as date)
      and (p.valid_to is null or p.valid_to >= cast(:today as date))
), subject_post as materialized (
    select gen_random_uuid() as assessment_id, h.*, boss.person_id as boss, profile.targets, profile.weights,
        (select shares from prevalence v where v.cycle_id = cast(:previous as uuid) and v.unit_code = any(u.path)
         order by array_position(u.path, v.unit_code) desc limit 1) as prevalence
    from holder h join unit u using (unit_code) join profile using (role_code)
    left join holder boss on boss.post_id = h.manager_post_id
    where h.is_primary and cast(:scope as text) = any(u.path)
), related as (
    select assessment_id, post_id, person_id, 1 as nearness, 'self' as category, false as independent
    from subject_post
    union all
    select s.assessment_id, s.post_id, m.person_id, 2, 'manager', false
    from subject_post s join holder m on m.post_id = s.manager_post_id
    union all
    select s.assessment_id, s.post_id, r.person_id, 3, 'report',
        r.before and not r.writers && array[s.person_id, s.boss]
    from subject_post s join holder r on r.manager_post_id = s.post_id
    union all
    select s.assessment_id, s.post_id, p.person_id, 4, 'peer', p.before and s.before
        and not p.writers && array[s.person_id, s.boss] and not s.writers && array[s.person_id, s.boss]
    from subject_post s join holder p on p.manager_post_id = s.manager_post_id and p.post_id <> s.post_id
), asked as (
    select distinct on (assessment_id, person_id) * from related
    order by assessment_id, person_id, nearness, independent desc
), ranked as (
    select *, row_number() over (
        partition by assessment_id, category
        order by independent desc, md5(concat(cast(:seed as text), post_id, person_id)), person_id) as place
    from asked
), picked as materialized (
    select * from ranked where place <= case category
        when 'peer' then cast(:max_peers as int) when 'report' then cast(:max_reports as int) else 1 end
), opened as (
    insert into assessment (assessment_id, kind, cycle_id, person_id, post_id, unit_code, role_code, level,
        framework_code, framework_version, targets, weights, prevalence, due_on, state, awaited, opened_at)
    select s.assessment_id, 'cycle', cast(:cycle_id as uuid), s.person_id, s.post_id, s.unit_code, s.role_code,
        s.level, cast(:framework_code as text), cast(:framework_version as int), s.targets::smallint[],
        s.weights::smallint[], coalesce(s.prevalence, array_fill(0::smallint, array[11])),
        cast(:ends_on as date), 'open', a.awaited, cast(:now as timestamptz)
    from subject_post s
    join (select assessment_id, count(*) as awaited from picked group by 1) a using (assessment_id)
)
insert into rater_request (request_id, assessment_id, person_id, category, state, invited_at, independent)
select gen_random_uuid(), assessment_id, person_id, category,
    case category when 'self' then 'accepted' else 'invited' end, cast(:now as timestamptz), independent
from picked
""")


async def previous_cycle(session: AsyncSession, unit_code: str) -> UUID | None:
    """The cycle whose frozen prevalence counts in a cycle of `unit_code` that opens now.

    Of the settled cycles on the same branch of the tree the one that was closed last.
    """
    mine, theirs = directory.unit.alias("mine"), directory.unit.alias("theirs")
    branch = sa.or_(cycle.c.unit_code == sa.any_(mine.c.path), mine.c.unit_code == sa.any_(theirs.c.path))
    both = cycle.join(mine, mine.c.unit_code == unit_code)
    both = both.outerjoin(theirs, theirs.c.unit_code == cycle.c.unit_code)
    settled = sa.select(cycle.c.cycle_id).select_from(both).where(cycle.c.settled_at.is_not(None), branch)
    found: UUID | None = await session.scalar(settled.order_by(cycle.c.closed_at.desc()).limit(1))
    return found


async def open_assessments(session: AsyncSession, row: sa.RowMapping) -> None:
    """Insert the assessments and rater requests of an opening cycle (a row of `cycle`).

    The subject's own request starts accepted, the others wait for an answer to the invitation.
    """
    profiles = await instruments.profiles(
        session, row["framework_code"], row["framework_version"], row["role_codes"]
    )
    values: dict[str, Any] = {
        "roles": list(profiles),
        "targets": [literal(profile.targets) for profile in profiles.values()],
        "weights": [literal(profile.weights) for profile in profiles.values()],
        "today": clock.today(),
        "now": clock.now(),
        "prepared": row["created_at"],
        "previous": row["previous_cycle_id"],
        "scope": row["unit_code"],
        "seed": str(row["seed"]),
    }
    copied = ("cycle_id", "framework_code", "framework_version", "ends_on", "max_peers", "max_reports")
    values |= {name: row[name] for name in copied}
    await session.execute(sa.text("set local statement_timeout = '120s'"))
    await session.execute(_OPEN, values)
