"""Lines of a load of posts whose post was held otherwise before: refused, changed in place, or a new term.

`services.registry.posts.history` decides; only lines that say something else than what is stored come here.
"""

from typing import Any
from uuid import UUID

from services.registry.imports.commands.report import Report
from services.registry.leavings.leaving import continued
from services.registry.posts.history import Term, change
from services.registry.publication.commands import keep_posts
from services.registry.tables.states import Connection
from shared import clock
from shared.fields import Wrong

TABLE = """
create temp table post_split (line int, old_id uuid, new_id uuid, ends date, source text, external_id text)
on commit drop
"""
_DIFFERENT = """
select l.line, l.as_of,
    p.unit_code, p.role_code, p.valid_from, p.valid_to, p.acting, p.primary_claim,
    l.unit_code, l.role_code, l.valid_from, l.valid_to, l.acting, l.primary_claim
from post_ready l join post p using (post_id)
where l.problem is null
  and (p.unit_code, p.role_code, p.valid_from, p.valid_to, p.acting, p.primary_claim)
    is distinct from (l.unit_code, l.role_code, l.valid_from, l.valid_to, l.acting, l.primary_claim)
order by l.line
"""
_REFUSE = "delete from post_ready where line = any($1::int[])"
_BEGIN = """
update post_ready l set valid_from = s.starts
from unnest($1::int[], $2::date[]) as s(line, starts) where l.line = s.line
"""
_SPLIT = """
insert into post_split
select l.line, l.post_id, uuidv7(), s.ends, p.source, p.external_id
from unnest($1::int[], $2::date[]) as s(line, ends) join post_ready l using (line) join post p using (post_id)
"""
_RENAME = "update post_ready l set post_id = s.new_id, is_new = true from post_split s where l.line = s.line"
_SPLIT_POSTS = """
select s.old_id from post_split s join post_ready l using (line) where l.problem is null
"""
_END = """
update post p set valid_to = s.ends, external_id = null, version = p.version + 1, recorded_at = $2,
    recorded_by = $1,
    end_reason = case when p.valid_to = s.ends then p.end_reason
        when p.unit_code = l.unit_code then $4 else $3 end,
    end_destination = case when p.valid_to = s.ends then p.end_destination
        when p.unit_code <> l.unit_code then $5 end
from post_split s join post_ready l using (line) where p.post_id = s.old_id and l.problem is null
"""
_TAKE_ALONG = """
update post_identifier i set post_id = s.new_id
from post_split s join post_ready l using (line) where i.post_id = s.old_id and l.problem is null
"""
_STILL = """
r.manager_post_id = s.old_id and l.problem is null and coalesce(r.valid_to, 'infinity') >= l.valid_from
"""
_REPORTS = f"""
select r.post_id, r.person_id from post r join post_split s on r.manager_post_id = s.old_id
    join post_ready l using (line) where {_STILL}
"""
_FOLLOW = f"""
update post r set manager_post_id = s.new_id, version = r.version + 1, recorded_at = $2, recorded_by = $1
from post_split s join post_ready l using (line) where {_STILL}
"""


async def settle_terms(connection: Connection, report: Report) -> None:
    """Decide about the lines of `post_ready` that change a post which is there already."""
    await connection.execute(TABLE)
    today = clock.today()
    refused: list[int] = []
    starts: list[tuple[int, Any]] = []
    splits: list[tuple[int, Any]] = []
    for line, as_of, *terms in await connection.fetch(_DIFFERENT):
        try:
            decided = change(Term(*terms[:6]), Term(*terms[6:]), as_of, today=today)
        except Wrong as wrong:
            report.reject(line, wrong.code, wrong.pointer, wrong.detail)
            refused.append(line)
            continue
        starts.append((line, decided.term.valid_from))
        if decided.ends is not None:
            splits.append((line, decided.ends))
    await connection.execute(_REFUSE, refused)
    await connection.execute(_BEGIN, *_columns(starts))
    await connection.execute(_SPLIT, *_columns(splits))
    await connection.execute(_RENAME)


async def people_of_reports(connection: Connection) -> list[UUID]:
    """Who reports to posts that go on as new terms, and will report to those."""
    return [row[1] for row in await connection.fetch(_REPORTS)]


async def end_terms(connection: Connection, by: str) -> None:
    """End the terms that others follow; their external ids are free for those."""
    await keep_posts(connection, [row[0] for row in await connection.fetch(_SPLIT_POSTS)])
    moved, stayed = continued(moves=True), continued(moves=False)
    await connection.execute(_END, by, clock.now(), moved.reason, stayed.reason, moved.destination)


async def follow_terms(connection: Connection, by: str) -> None:
    """Let posts that reported to an ended term report to the one that follows, which has its identifiers."""
    await connection.execute(_TAKE_ALONG)
    await keep_posts(connection, [row[0] for row in await connection.fetch(_REPORTS)])
    await connection.execute(_FOLLOW, by, clock.now())


def _columns(rows: list[tuple[int, Any]]) -> list[list[Any]]:
    return [[row[0] for row in rows], [row[1] for row in rows]]
