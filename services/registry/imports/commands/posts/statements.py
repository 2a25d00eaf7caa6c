"""The statements of a bulk load of posts, in the order in which they run.

All work on sets: 100,000 posts with every reference checked row by row took minutes.
"""

TABLE = """
create temp table post_line (line int, as_of date, external_id text, person_external_id text, person_id uuid,
    unit_code text, role_code text, valid_from date, valid_to date, acting boolean, primary_claim boolean,
    manager_external_id text, manager_post_id uuid) on commit drop
"""
READY = """
create temp table post_ready (line int, as_of date, post_id uuid, is_new boolean, external_id text, person_id uuid,
    unit_code text, role_code text, valid_from date, valid_to date, acting boolean, primary_claim boolean,
    manager_external_id text, manager_post_id uuid, problem text) on commit drop
"""
# Whose it is and where comes first: what else is wrong with a line about somebody out of scope is not reported.
# $1 source, $2 the caller's units, $3 today. People are the caller's to post when it keeps their
# record: everywhere for the root, else by posts that last inside its units or, without any, by source.
RESOLVE = """
with scope as (
    select exists (select from unit where parent is null and unit_code = any($2::text[])) as everywhere
), named as (
    select l.*, coalesce(l.person_id, p.person_id) as whose
    from post_line l left join person p on p.source = $1 and p.external_id = l.person_external_id
)
insert into post_ready
select l.line, l.as_of, coalesce(e.post_id, uuidv7()), e.post_id is null, l.external_id, p.person_id, l.unit_code,
    l.role_code, greatest(l.valid_from, case when e.post_id is null then l.as_of end), l.valid_to, l.acting,
    l.primary_claim, l.manager_external_id, l.manager_post_id,
    case
        when p.person_id is null then 'person-unknown'
        when not scope.everywhere and not (
            exists (select from post h join unit hu using (unit_code)
                where h.person_id = p.person_id and hu.path && $2::text[]
                  and (coalesce(h.valid_to, 'infinity') >= $3::date or not exists (
                    select from post x where x.person_id = p.person_id
                      and coalesce(x.valid_to, 'infinity') >= $3::date)))
            or p.source = $1 and not exists (select from post h where h.person_id = p.person_id)
        ) then 'person-unknown'
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
left join person p on p.person_id = l.whose
left join post e on e.source = $1 and e.external_id = l.external_id
left join unit u on u.unit_code = l.unit_code
left join role r on r.role_code = l.role_code
"""
# Whom and which of the caller's units ($2) the report will name, those of managers too; $1 source.
NAMED_PEOPLE = "select distinct person_id from post_ready where problem is distinct from 'person-unknown'"
NAMED_UNITS = """
select unit_code from unit where path && $2::text[] and unit_code in (
    select unit_code from post_ready
    union all select p.unit_code from post_ready l join post p using (post_id)
    union all select p.unit_code from post_ready l join post p on p.post_id = l.manager_post_id
    union all select p.unit_code from post_ready l
        join post p on p.source = $1 and p.external_id = l.manager_external_id)
"""
MANAGERS = """
update post_ready l set manager_post_id = m.post_id from (
    select external_id, post_id from post_ready
    union all select external_id, post_id from post where source = $1 and external_id is not null
        and external_id not in (select external_id from post_ready)
) m where m.external_id = l.manager_external_id and l.problem is null
"""
# A manager's post is inside the caller's units too, or the one that is stored: managers rate. $1 the units.
OUTSIDE = """
update post_ready l set problem = 'manager-unknown'
from post m join unit u using (unit_code)
where l.problem is null and m.post_id = l.manager_post_id and not u.path && $1::text[]
    and not exists (select from post e left join post_split s on s.old_id = e.post_id
        where l.post_id in (e.post_id, s.new_id) and e.manager_post_id = m.post_id)
"""
# A manager's post must be there already or be taken with this load.
WITHOUT_MANAGER = """
update post_ready l set problem = case
    when not exists (select from post m where m.post_id = l.manager_post_id)
        and not exists (select from post_ready m where m.post_id = l.manager_post_id and m.problem is null)
    then 'manager-unknown' else 'manager-self' end
where l.problem is null and (
    l.manager_external_id is not null and l.manager_post_id is null
    or l.manager_post_id is not null and (
        not exists (select from post m where m.post_id = l.manager_post_id)
            and not exists (select from post_ready m where m.post_id = l.manager_post_id and m.problem is null)
        or exists (select from post m where m.post_id = l.manager_post_id and m.person_id = l.person_id)
        or exists (select from post_ready m where m.post_id = l.manager_post_id and m.person_id = l.person_id)))
"""
# Posts below a post that is not taken are not taken either, down to the last: level by level in one
# statement, for a round a level took minutes where a list has a long chain of command.
BELOW_THEM = """
with recursive lost as (
    select post_id from post_ready l
    where problem is not null and not exists (select from post m where m.post_id = l.post_id)
    union
    select l.post_id from lost join post_ready l on l.manager_post_id = lost.post_id
    where not exists (select from post m where m.post_id = l.post_id)
)
update post_ready l set problem = 'manager-unknown' from lost
where l.manager_post_id = lost.post_id and l.problem is null
"""
# Claims as they would stand, of people with more than one: lines taken so far, with the stored claim that each
# replaces, and stored posts that no such line replaces (line 0).
CLAIMS = """
with claims as (
    select l.person_id, l.line, l.valid_from, l.valid_to, p.valid_from as before_from, p.valid_to as before_to
    from post_ready l left join post_split s on s.line = l.line
    left join post p on p.post_id = coalesce(s.old_id, l.post_id) and p.primary_claim
    where l.problem is null and l.primary_claim
    union all
    select p.person_id, 0, p.valid_from, least(p.valid_to, s.ends), null, null
    from post p left join (post_split s join post_ready n on n.line = s.line and n.problem is null)
        on s.old_id = p.post_id
    where p.primary_claim
      and p.person_id in (select person_id from post_ready where problem is null and primary_claim)
      and not exists (select from post_ready l where l.post_id = p.post_id and l.problem is null)
), counted as (select *, count(*) over (partition by person_id) as claims from claims)
select person_id, line, valid_from, valid_to, before_from, before_to from counted where claims > 1
order by person_id
"""
REFUSE = "update post_ready set problem = $1 where line = any($2::int[])"
# New posts beyond what one person may have ($1), in the order of the lines.
TOO_MANY = """
with news as (
    select person_id, line, row_number() over (partition by person_id order by line) as nth
    from post_ready where problem is null and is_new
), stored as (
    select person_id, count(*) as posts from post where person_id in (select person_id from news) group by 1
)
update post_ready l set problem = 'posts-too-many' from news left join stored using (person_id)
where l.line = news.line and news.nth + coalesce(stored.posts, 0) > $1
"""
REJECTED = "select line, problem from post_ready where problem is not null order by line"
CHANGED = """
create temp table post_changed on commit drop as
select l.post_id, l.person_id, l.is_new from post_ready l left join post p on p.post_id = l.post_id
where l.problem is null and (p.post_id is null or
    (p.unit_code, p.role_code, p.valid_from, p.valid_to, p.acting, p.primary_claim, p.manager_post_id)
    is distinct from
    (l.unit_code, l.role_code, l.valid_from, l.valid_to, l.acting, l.primary_claim, l.manager_post_id))
"""
KEEP = "select post_id from post_changed where not is_new"
UPDATE = """
update post p set version = p.version + 1, unit_code = l.unit_code, role_code = l.role_code,
    valid_from = l.valid_from, valid_to = l.valid_to, acting = l.acting, primary_claim = l.primary_claim,
    manager_post_id = l.manager_post_id, recorded_at = $2, recorded_by = $1
from post_ready l join post_changed c using (post_id) where p.post_id = l.post_id and not c.is_new
"""
INSERT = """
insert into post (post_id, version, source, external_id, person_id, unit_code, role_code, valid_from, valid_to,
    acting, primary_claim, manager_post_id, recorded_at, recorded_by)
select l.post_id, 1, $1, l.external_id, l.person_id, l.unit_code, l.role_code, l.valid_from, l.valid_to,
    l.acting, l.primary_claim, l.manager_post_id, $2, $1
from post_ready l join post_changed c using (post_id) where c.is_new
"""
PERSONS = "select distinct person_id from post_changed order by person_id"
# A post that goes on as another term was there before.
CREATED = """
select count(*) from post_changed where is_new and post_id not in (select new_id from post_split)
"""
UPDATED = """
select count(*) from post_changed where not is_new or post_id in (select new_id from post_split)
"""
