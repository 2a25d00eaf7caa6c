"""Who is outside the caller's units, in a bulk load of people: the same rule as `queries.access.keeps_people`."""

ROOT_INSIDE = "select exists (select from unit where parent is null and unit_code = any($1::text[]))"
# Of a person `p`, for callers whose units ($2) do not include the root; $3 is today.
IS_OUTSIDE = """
exists (select from post where post.person_id = p.person_id) and not exists (
    select from post join unit using (unit_code)
    where post.person_id = p.person_id and unit.path && $2::text[]
      and (coalesce(valid_to, 'infinity') >= $3::date or not exists (
        select from post later where later.person_id = p.person_id
          and coalesce(later.valid_to, 'infinity') >= $3::date)))
"""
# Whether a person `p` is of the caller's own sources ($4), as `source_systems.queries.people_of_own`.
OF_OWN = """
(p.source = any($4::text[]) or exists (select from person_identifier own
    where own.person_id = p.person_id and own.system_id = any($4::text[])))
"""
