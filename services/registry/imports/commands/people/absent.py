"""People of a system as full lists name them."""

from services.registry.imports.commands.full_lists import Listed
from services.registry.imports.commands.people.leavers import MAKE_LEAVERS, let_leave
from services.registry.imports.commands.people.scope import IS_OUTSIDE
from services.registry.tables.states import Connection
from shared import clock

_REGION = """
(select r.unit_code from post join unit u using (unit_code) join unit r on r.unit_code = any(u.path)
    where post.person_id = p.person_id and r.level = 'region'
    order by coalesce(post.valid_to, 'infinity') >= $3::date desc, post.valid_from desc limit 1)
"""
# Without posts only where the caller's units include the root, since another region's client of the system may
# have sent them.
_IN_FORCE = f"""
select p.person_id as id, p.version, {_REGION} as region, i.value
from identified_person i join person p using (person_id)
where i.system_id = $1 and p.deactivated_on is null and p.merged_into is null
    and ($4::boolean or exists (select from post where post.person_id = p.person_id) and not ({IS_OUTSIDE}))
"""
_LEAVERS = "insert into leaver select 0, $1, null, null, id, null, null from absent_record"


async def _leave(connection: Connection, by: str) -> int:
    """Let them leave from today."""
    await connection.execute(MAKE_LEAVERS)
    await connection.execute(_LEAVERS, clock.today())
    return len(await let_leave(connection, by))


PEOPLE = Listed("people", "person_id", "identified_person", "import_absent", _IN_FORCE, _leave)
