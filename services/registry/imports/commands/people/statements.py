"""The statements of a bulk load of people."""

COLUMNS = ("external_id", "family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre")
STORED = ("person_id", "version", "source", *COLUMNS, "recorded_at", "recorded_by", "line_digest")
_OWN = COLUMNS[1:]

TABLE = """
create temp table person_line (line int, external_id text, family_name text, given_name text, phone text,
    email text, sex text, birth_year smallint, cadre text, line_digest bytea) on commit drop
"""
ANY = "select exists (select from person where source = $1)"
ROOT_INSIDE = "select exists (select from unit where parent is null and unit_code = any($1::text[]))"
# The same rule as queries.access.keeps_people, for callers whose units do not include the root.
IS_OUTSIDE = """
exists (select from post where post.person_id = p.person_id) and not exists (
    select from post join unit using (unit_code)
    where post.person_id = p.person_id and unit.path && $2::text[]
      and (coalesce(valid_to, 'infinity') >= $3::date or not exists (
        select from post later where later.person_id = p.person_id
          and coalesce(later.valid_to, 'infinity') >= $3::date)))
"""
# By the index alone: without statistics a plan may scan the table for each batch.
BY_INDEX = "set local enable_seqscan = off"
BY_CHOICE = "set local enable_seqscan = on"
KNOWN = "select external_id, line_digest from person where source = $1 and external_id = any($2::text[])"
# A person out of scope has no digest here, and so is looked at closely.
KNOWN_INSIDE = f"""
select external_id, case when not ({IS_OUTSIDE}) then line_digest end from person p
where source = $1 and external_id = any($4::text[])
"""
OUTSIDE = f"""
delete from person_line l using person p
where p.source = $1 and p.external_id = l.external_id and {IS_OUTSIDE}
returning l.line, 'person-out-of-scope'
"""
_DIFFERENT = f"""
({", ".join(f"p.{column}" for column in _OWN)}) is distinct from ({", ".join(f"l.{column}" for column in _OWN)})
"""
# People whose line is not the one taken before, whether it says something else or says it otherwise.
OTHERS = f"""
select p.person_id, p.external_id, {_DIFFERENT}
from person_line l join person p on p.source = $1 and p.external_id = l.external_id
where {_DIFFERENT} or p.line_digest is distinct from l.line_digest order by p.person_id for update of p
"""
UPDATE = f"""
update person p set version = p.version + 1, {", ".join(f"{column} = l.{column}" for column in _OWN)},
    recorded_at = $3, recorded_by = $1, line_digest = l.line_digest
from person_line l where p.source = $1 and p.external_id = l.external_id and p.person_id = any($2::uuid[])
"""
REMEMBER = """
update person p set line_digest = l.line_digest
from person_line l where p.source = $1 and p.external_id = l.external_id and p.person_id = any($2::uuid[])
"""
# New people with sign-ins; those without are written before.
# Sorted, because a sort ends the look for known people before the first insert: a plan that scans the
# growing table for every line took minutes. No `on conflict`: any other writer of people of this source
# holds or shares the import's lock.
INSERT = f"""
insert into person (version, source, {", ".join(COLUMNS)}, recorded_at, recorded_by, line_digest)
select 1, $1, {", ".join(f"l.{column}" for column in COLUMNS)}, $2, $1, l.line_digest from person_line l
where not exists (select from person p where p.source = $1 and p.external_id = l.external_id)
order by l.line
returning person_id
"""
# Whom a load names, as far as they are the caller's. $4 whether its units include the root.
NAMED = f"""
select person_id from person p
where source = $1 and external_id = any($5::text[]) and ($4::boolean or not ({IS_OUTSIDE}))
"""
