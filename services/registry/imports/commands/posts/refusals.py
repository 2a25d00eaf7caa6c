"""Lines of a load of posts that depend on one another: managers, primary posts, how many posts a person has.

A line that is refused may take others with it. They are refused in rounds, until what is left holds together.
"""

from itertools import groupby
from operator import itemgetter

from services.registry.posts.claimed_days import Claim, refused_claims
from services.registry.primary_post import MOST
from services.registry.tables.states import Connection
from shared.errors import Invalid

ROUNDS = 50  # each refuses what hangs on the one before it; a list that is right has two or three
NONE = "UPDATE 0"
_MANAGERS = """
update post_ready l set manager_post_id = m.post_id from (
    select external_id, post_id from post_ready
    union all select value, post_id from identified_post where system_id = $1
        and value not in (select external_id from post_ready)
) m where m.external_id = l.manager_external_id and l.problem is null
"""
# A manager's post is inside the caller's units too, or the one that is stored: managers rate. $1 the units.
_OUTSIDE = """
update post_ready l set problem = 'manager-unknown'
from post m join unit u using (unit_code)
where l.problem is null and m.post_id = l.manager_post_id and not u.path && $1::text[]
    and not exists (select from post e left join post_split s on s.old_id = e.post_id
        where l.post_id in (e.post_id, s.new_id) and e.manager_post_id = m.post_id)
"""
# A manager's post must be there already or be taken with this load.
_WITHOUT_MANAGER = """
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
_BELOW_THEM = """
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
_CLAIMS = """
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
_REFUSE = "update post_ready set problem = $1 where line = any($2::int[])"
# New posts beyond what one person may have ($1), in the order of the lines.
_TOO_MANY = """
with news as (
    select person_id, line, row_number() over (partition by person_id order by line) as nth
    from post_ready where problem is null and is_new
), stored as (
    select person_id, count(*) as posts from post where person_id in (select person_id from news) group by 1
)
update post_ready l set problem = 'posts-too-many' from news left join stored using (person_id)
where l.line = news.line and news.nth + coalesce(stored.posts, 0) > $1
"""


async def settle(connection: Connection, source: str, units: list[str]) -> None:
    """Resolve managers, then refuse lines of `post_ready` until what is left holds together.

    Raises Invalid `load-tangled` where refusals follow from one another more than `ROUNDS` times over.
    """
    await connection.execute("analyze post_ready")
    await connection.execute(_MANAGERS, source)
    await connection.execute(_OUTSIDE, units)
    await connection.execute("create index on post_ready (manager_post_id)")
    await connection.execute("analyze post_ready")
    for _ in range(ROUNDS):
        refused = [await connection.execute(statement) for statement in (_WITHOUT_MANAGER, _BELOW_THEM)]
        refused.append(await _refuse_rivals(connection))
        if set(refused) == {NONE}:
            refused = [await connection.execute(_TOO_MANY, MOST)]
        if set(refused) == {NONE}:
            return
    raise Invalid(
        "load-tangled", "Lines hang on one another too often: load managers before those below them."
    )


async def _refuse_rivals(connection: Connection) -> str:
    """Refuse lines that claim days on which another post of the person is primary. The status of the update."""
    refused: list[int] = []
    for _, rows in groupby(await connection.fetch(_CLAIMS), key=itemgetter(0)):
        refused += refused_claims(
            Claim(line, first, last, (before, until) if before else None)
            for _, line, first, last, before, until in rows
        )
    return str(await connection.execute(_REFUSE, "primary-overlaps", refused))
