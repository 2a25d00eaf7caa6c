"""Posts of a system as full lists name them: what is not named was held until yesterday."""

from services.registry.imports.commands.full_lists import Listed
from services.registry.publication.commands import announce_people, keep_posts, raise_people
from services.registry.tables.states import Connection
from shared import clock

# $4 makes no difference: every post has a unit.
_IN_FORCE = """
select p.post_id as id, p.version, i.value, (
    select r.unit_code from unit r where r.unit_code = any(u.path) and r.level = 'region' limit 1) as region
from identified_post i join post p using (post_id) join unit u using (unit_code)
where i.system_id = $1 and coalesce(p.valid_to, 'infinity') >= $3::date and u.path && $2::text[]
    and $4::boolean is not null
"""
_HOLDERS = (
    "select distinct person_id from post where post_id in (select id from absent_record) order by person_id"
)
_POSTS = (
    "select post_id from post where post_id in (select id from absent_record) order by post_id for update"
)
_END = """
update post set valid_to = $3::date - 1, end_reason = null, end_destination = null, version = version + 1,
    recorded_at = $2, recorded_by = $1
where post_id in (select id from absent_record) and valid_from < $3::date
"""
_WITHDRAW = """
with gone as (
    delete from post where post_id in (select id from absent_record) and valid_from >= $3::date returning *
)
insert into post_version (post_id, version, person_id, unit_code, role_code, valid_from, valid_to, end_reason,
    end_destination, acting, primary_claim, manager_post_id, withdrawn, recorded_at, recorded_by)
select post_id, version + 1, person_id, unit_code, role_code, valid_from, valid_to, end_reason, end_destination,
    acting, primary_claim, manager_post_id, true, $2, $1 from gone
"""


async def _end(connection: Connection, by: str) -> int:
    """End them; those that have not begun yet are withdrawn."""
    people = [row[0] for row in await connection.fetch(_HOLDERS)]
    await raise_people(connection, people)
    posts = [row[0] for row in await connection.fetch(_POSTS)]
    await keep_posts(connection, posts)
    recorded = (by, clock.now(), clock.today())
    await connection.execute(_WITHDRAW, *recorded)
    await connection.execute(_END, *recorded)
    await announce_people(connection, people)
    return len(posts)


POSTS = Listed("posts", "post_id", "identified_post", "import_absent_post", _IN_FORCE, _end)
