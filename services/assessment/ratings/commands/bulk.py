"""Responses in bulk: COPY into a temporary table, judged and merged set by set.

The hot path for paper forms and other systems. Memory is one chunk, whatever the length of the
load; assessments that await nobody afterwards are scored by the settle timer, batch by batch.

What a line enters on a rater's behalf is marked as typed in. It counts towards the minimum of a group
once the rater has answered in their own words, or somebody else has entered the same a second time.
Who did not enter an answer never learns whether a line equals it: the second entry is refused as any
other line, and compared in silence, once.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
import msgspec

from services.assessment.frameworks.commands import instruments
from services.assessment.raters.commands import own_team
from services.assessment.ratings.commands import double_entry
from services.assessment.ratings.commands.line_verdicts import EXPLAINED
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller

Connection = asyncpg.Connection

CHUNK = 4000  # lines held in memory and merged at once
REPORTED = 10_000  # rejected lines listed; beyond it they are only counted

Rating = Annotated[int, msgspec.Meta(ge=0, le=5)]


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """One response: its assessment by id or by cycle and post, its rater, the answers in order."""

    rater_person_id: UUID
    category: Literal["self", "manager", "peer", "report", "partner"]
    ratings: Annotated[list[Rating | None], msgspec.Meta(max_length=400)]
    assessment_id: UUID | None = None
    cycle_id: UUID | None = None
    post_id: UUID | None = None
    relevance: Annotated[list[Rating | None], msgspec.Meta(min_length=11, max_length=11)] | None = None


@dataclass(slots=True)
class Report:
    """What became of the lines of one load. `completing` assessments await nobody any more."""

    received: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected_count: int = 0
    completing: int = 0
    rejected: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, line: int, code: str, pointer: str, detail: str) -> None:
        """Count a bad line and list it, as long as the list is not full."""
        self.rejected_count += 1
        if len(self.rejected) < REPORTED:
            self.rejected.append({"line": line, "code": code, "pointer": pointer, "detail": detail})


_TABLES = """
create temporary table incoming (line int, assessment_id uuid, cycle_id uuid, post_id uuid, rater uuid,
    category text, ratings smallint[], relevance smallint[]) on commit drop;
create temporary table judged (line int, assessment_id uuid, request_id uuid, rater uuid, category text,
    waited boolean, unsolicited boolean, verdict text) on commit drop;
"""
_COLUMNS = ("line", "assessment_id", "cycle_id", "post_id", "rater", "category", "ratings", "relevance")
_RESOLVE = """
update incoming i set assessment_id = a.assessment_id from assessment a
where i.assessment_id is null and a.cycle_id = i.cycle_id and a.post_id = i.post_id
"""
# Lines equal to what the caller has stored before need neither lock nor judgement; the lock alone took half
# of such a load. Lines about other units stay: their answer is the same whatever is stored.
_SAME = """
with same as (
    delete from incoming i using assessment a, unit u, rater_request r, response s
    where a.assessment_id = i.assessment_id and u.unit_code = a.unit_code and u.path && $1::text[]
        and r.assessment_id = i.assessment_id and r.person_id = i.rater and r.state = 'answered'
        and s.assessment_id = r.assessment_id and s.request_id = r.request_id and s.entered_by = $2
        and s.ratings = i.ratings and s.relevance is not distinct from i.relevance
        and a.person_id <> all($3::uuid[]) and a.assessment_id <> all($4::uuid[])
    returning 1
)
select count(*) from same
"""
# Locked in key order and in a statement of its own, so that the next one sees what others committed.
_LOCK = """
select distinct framework_code, framework_version, level from (
    select a.framework_code, a.framework_version, a.level from assessment a
    where a.assessment_id in (select assessment_id from incoming)
        and a.person_id <> all($2::uuid[]) and a.assessment_id <> all($3::uuid[])
        and exists (select from unit u where u.unit_code = a.unit_code and u.path && $1::text[])
    order by a.assessment_id for update
) locked
"""
# The answers themselves stay in `incoming`, so that both sorts carry ids alone.
_JUDGE = """
insert into judged
select line, assessment_id, request_id, rater, category, waited, unsolicited,
    case when verdict <> 'new' then verdict
         when nth > 1 then (
             select case when first.ratings = again.ratings
                 and first.relevance is not distinct from again.relevance
                 then 'unchanged' else 'already-answered' end
             from incoming first, incoming again where first.line = first_line and again.line = ranked.line)
         when managers > 1 and unsolicited and category = 'manager' then 'manager-already-asked'
         else 'new' end
from (
    select *, row_number() over one as nth, first_value(line) over one as first_line,
        row_number() over (partition by assessment_id, category, verdict, unsolicited order by line) as managers
    from (
        select i.line, a.assessment_id, coalesce(r.request_id, gen_random_uuid()) as request_id, i.rater,
            i.category, coalesce(r.state in ('invited', 'accepted'), false) as waited,
            r.request_id is null as unsolicited,
            case
                when u.path is null or not u.path && $1::text[] then 'assessment-unknown'
                when a.person_id = any($7::uuid[]) or a.assessment_id = any($9::uuid[]) then 'assessment-own'
                when r.state = 'answered' and s.entered_by = $6 and s.ratings = i.ratings
                    and s.relevance is not distinct from i.relevance then 'unchanged'
                when r.state = 'answered' then 'already-answered'
                when c.state <> 'open' or (a.due_on < $8 and a.cycle_id is not null) then 'cycle-closed'
                when a.state <> 'open' or a.due_on < $8 then 'assessment-ended'
                when cardinality(i.ratings) <> n.items then 'ratings-length'
                when i.relevance is not null and i.category not in ('self', 'manager') then 'relevance-not-asked'
                when r.category <> i.category then 'category-differs'
                when r.state in ('declined', 'withdrawn', 'expired') then 'request-ended'
                when r.request_id is null and (i.rater = a.person_id) <> (i.category = 'self')
                    then 'category-not-allowed'
                when r.request_id is null and i.category = 'manager' and not $10::boolean and not exists (
                    select from post own join post boss on boss.post_id = own.manager_post_id
                    where own.post_id = a.post_id and boss.person_id = i.rater
                    and boss.valid_from <= $8 and coalesce(boss.valid_to, 'infinity') >= $8)
                    then 'manager-by-programme'
                when r.request_id is null and (p.person_id is null or not exists (
                    select from post h join unit hu using (unit_code) where h.person_id = i.rater
                    and h.valid_from <= $8 and coalesce(h.valid_to, 'infinity') >= $8 and hu.path && $1::text[]))
                    then 'person-unknown'
                when r.request_id is null and i.category = 'manager' and exists (
                    select from rater_request m where m.assessment_id = a.assessment_id
                    and m.category = 'manager' and m.state not in ('declined', 'withdrawn'))
                    then 'manager-already-asked'
                else 'new'
            end as verdict
        from incoming i
        left join assessment a on a.assessment_id = i.assessment_id
        left join unnest($2::text[], $3::int[], $4::text[], $5::int[])
            as n(framework_code, framework_version, level, items)
            on n.framework_code = a.framework_code and n.framework_version = a.framework_version
            and n.level = a.level
        left join cycle c on c.cycle_id = a.cycle_id
        left join unit u on u.unit_code = a.unit_code
        left join rater_request r on r.assessment_id = a.assessment_id and r.person_id = i.rater
        left join response s on s.assessment_id = r.assessment_id and s.request_id = r.request_id
        left join person p on p.person_id = i.rater and p.active
    ) seen
    window one as (partition by assessment_id, rater, verdict order by line)
) ranked
"""
_MERGE = """
with fresh as materialized (
    select j.*, own.person_id is null as typed,
        $4::boolean and j.waited and own.person_id is null and coalesce(r.independent, false) as held
    from judged j left join rater_request r on r.request_id = j.request_id
    left join subject own on own.subject_key = $2::text and own.person_id = j.rater
    where verdict = 'new'
), asked as (
    insert into rater_request (request_id, assessment_id, person_id, category, state, invited_at)
    select request_id, assessment_id, rater, category, 'answered', $1 from fresh where unsolicited
), answered as (
    update rater_request r set state = 'answered', version = version + 1
    from fresh f where f.waited and r.request_id = f.request_id
), less as (
    update assessment a set awaited = a.awaited - f.answers
    from (select assessment_id, count(*) filter (where waited and not held) as answers from fresh group by 1) f
    where a.assessment_id = f.assessment_id
    returning a.awaited
), stored as (
    insert into response (assessment_id, request_id, ratings, relevance, submitted_at, entered_by,
        typed_by, typed_by_client, confirmed, awaiting_confirmation)
    select f.assessment_id, f.request_id, i.ratings, i.relevance, $1, $2::text,
        case when f.typed then $2::text end, f.typed and $3::boolean, not f.typed, f.held
    from fresh f join incoming i using (line)
    order by 1, 2
)
select (select count(*) from fresh) as created, (select count(*) from less where awaited = 0) as completing,
    (select count(*) from judged where verdict = 'unchanged') as unchanged
"""
_REJECTED = "select line, verdict from judged where verdict not in ('new', 'unchanged') order by line"

Rows = Sequence[tuple[int, Line]]


async def begin(connection: Connection) -> None:
    """Prepare the transaction of one load."""
    await connection.execute("set local statement_timeout = '60s'")
    await connection.execute(_TABLES)


async def load(
    connection: Connection, caller: Caller, rows: Rows, report: Report, *, awaiting_confirmation: bool = False
) -> None:
    """Merge one chunk of well-formed lines, of others than the caller's team inside its units; adds to `report`.

    Good lines stand whatever the others are. A repeat of what the caller has stored is `unchanged`, any
    other line about a rater who has answered is rejected, whatever it says. A rater nobody asked becomes
    an answered request. With `awaiting_confirmation`, assessments wait until what is typed in, and would
    then count, is confirmed.
    """
    await connection.execute("truncate incoming, judged")
    records = [
        (
            number, line.assessment_id, line.cycle_id, line.post_id, line.rater_person_id, line.category,
            _stored(line.ratings), None if line.relevance is None else _stored(line.relevance),
        )
        for number, line in rows
    ]  # fmt: skip
    await connection.copy_records_to_table("incoming", records=records, columns=_COLUMNS)
    if any(line.assessment_id is None for _, line in rows):
        await connection.execute(_RESOLVE)
    me, units, today = caller.subject_key, list(caller.units), clock.today()
    own = await own_team.people(connection, caller)
    managed = await own_team.managed(connection, caller)
    await own_team.note_load(connection, caller, own, managed)
    same = await connection.fetchval(_SAME, units, me, own, managed)
    report.unchanged += same
    if same == len(rows):
        return
    keys = [tuple(row) for row in await connection.fetch(_LOCK, units, own, managed)]
    sizes = [len((await instruments.instrument(connection, *key)).item_codes) for key in keys]
    names = rights.Reach.UNITS in rights.reaches(caller, "raters.invite-manager")
    columns = list(zip(*keys, strict=True)) or [(), (), ()]
    await connection.execute(_JUDGE, units, *columns, sizes, me, own, today, managed, names)
    merged = await connection.fetchrow(_MERGE, clock.now(), me, caller.client, awaiting_confirmation)
    assert merged is not None
    report.created += merged["created"]
    report.unchanged += merged["unchanged"]
    report.completing += merged["completing"] + await double_entry.compare(connection, caller)
    for row in await connection.fetch(_REJECTED):
        report.reject(row["line"], row["verdict"], *EXPLAINED[row["verdict"]])


def _stored(ratings: list[int | None]) -> list[int | None]:
    """Ratings as they are stored, 0 for N/A."""
    return [value or 0 for value in ratings] if None in ratings else ratings
