"""What the lines of a load of posts name: person, unit, role, and the post that is there already.

Resolved as sets: 100,000 posts with every reference checked row by row took minutes.
"""

from services.registry.imports.commands.people.scope import OF_OWN
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller

_READY = """
create temp table post_ready (line int, as_of date, post_id uuid, is_new boolean, external_id text, person_id uuid,
    unit_code text, role_code text, valid_from date, valid_to date, end_reason text, end_destination text,
    acting boolean, primary_claim boolean, manager_external_id text, manager_post_id uuid, problem text)
    on commit drop
"""
# A line without a reason keeps the one that is stored of the same last day.
# Whose it is and where comes first: what else is wrong with a line about somebody out of scope is not reported.
# $1 source, $2 the caller's units, $3 today, $4 the caller's own sources. People are the caller's to post when it
# keeps their record: everywhere for the root, else by posts that last inside its units or, without any, by source.
_RESOLVE = f"""
with scope as (
    select exists (select from unit where parent is null and unit_code = any($2::text[])) as everywhere
), named as (
    select l.*, coalesce(l.person_id, i.person_id, f.person_id) as whose,
        coalesce(l.unit_code, n.unit_code) as at_unit
    from post_line l left join identified_person i on i.system_id = $1 and i.value = l.person_external_id
    left join former_identifier f on f.system_id = $1 and f.value = l.person_external_id
    left join source_system s on s.code = l.unit_system
    left join unit_identifier n on n.value = l.unit_external_id
        and n.system_id = case when l.unit_system is null then $1 else s.system_id end
)
insert into post_ready
select l.line, l.as_of, coalesce(e.post_id, uuidv7()), e.post_id is null, l.external_id, p.person_id, l.at_unit,
    l.role_code, greatest(l.valid_from, case when e.post_id is null then l.as_of end), l.valid_to,
    coalesce(l.end_reason, case when l.valid_to = e.valid_to then e.end_reason end),
    case when l.end_reason is not null then l.end_destination
        when l.valid_to = e.valid_to then e.end_destination end,
    l.acting, l.primary_claim, l.manager_external_id, l.manager_post_id,
    case
        when p.person_id is null then 'person-unknown'
        when not scope.everywhere and not (
            exists (select from post h join unit hu using (unit_code)
                where h.person_id = p.person_id and hu.path && $2::text[]
                  and (coalesce(h.valid_to, 'infinity') >= $3::date or not exists (
                    select from post x where x.person_id = p.person_id
                      and coalesce(x.valid_to, 'infinity') >= $3::date)))
            or {OF_OWN} and not exists (select from post h where h.person_id = p.person_id)
        ) then 'person-unknown'
        when l.at_unit is null then 'unit-identifier-unknown'
        when u.unit_code is null then 'unit-unknown'
        when not u.path && $2::text[] then 'unit-out-of-scope'
        when e.post_id is not null and not scope.everywhere and not (
            select path && $2::text[] from unit old where old.unit_code = e.unit_code) then 'unit-out-of-scope'
        when e.person_id <> p.person_id then 'person-changed'
        when r.role_code is null then 'role-unknown'
        when u.closed_on <= coalesce(l.valid_to, 'infinity') then 'unit-closed'
        when p.deactivated_on <= coalesce(l.valid_to, 'infinity') then 'person-deactivated'
    end
from named l cross join scope
left join person p on p.person_id = l.whose and p.merged_into is null
left join identified_post o on o.system_id = $1 and o.value = l.external_id
left join post e on e.post_id = o.post_id
left join unit u on u.unit_code = l.at_unit
left join role r on r.role_code = l.role_code
"""
# Whom and which of the caller's units ($2) the report will name, those of managers too; $1 source.
_NAMED_PEOPLE = "select distinct person_id from post_ready where problem is distinct from 'person-unknown'"
_NAMED_UNITS = """
select unit_code from unit where path && $2::text[] and unit_code in (
    select unit_code from post_ready
    union all select p.unit_code from post_ready l join post p using (post_id)
    union all select p.unit_code from post_ready l join post p on p.post_id = l.manager_post_id
    union all select p.unit_code from post_ready l
        join identified_post m on m.system_id = $1 and m.value = l.manager_external_id
        join post p on p.post_id = m.post_id)
"""


async def resolve(connection: Connection, caller: Caller, writer: Writer) -> None:
    """Make `post_ready` of `post_line`: each line with what it names, or with its problem.

    With an Idempotency-Key the people and units that the report will name are noted (`rights.note_load`).
    """
    source, units = writer.source, list(caller.units)
    await connection.execute(_READY)
    await connection.execute(_RESOLVE, source, units, clock.today(), writer.own)
    if caller.decisions is not None:
        people = [row[0] for row in await connection.fetch(_NAMED_PEOPLE)]
        named = [row[0] for row in await connection.fetch(_NAMED_UNITS, source, units)]
        rights.note_load(caller, "post.keep", units=named, ids=people)
