"""What is past its time is deleted, a few rows at a time; nothing of somebody under a legal hold.

Two classes have a time that operators set: contacts of people who have left and of posts that have ended, and what
comparisons of records showed.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.matching.commands.candidates import COMPARING, compare_later
from services.registry.mcsd.terms import ROLE_OF
from services.registry.publication.commands import announce_people
from shared import clock
from shared.database.engine import Database, lock, raw
from shared.settings import Settings

AT_ONCE = 200  # people, or pairs, of one round
BY = "retention"  # who changed the record
_contacts_days = _matching_days = 0

# A record and those that are part of it are one person: what holds one of them holds all.
_HELD = """whole.person_id in (
    select coalesce(m.merged_into, m.person_id) from legal_hold join person m using (person_id))"""
_CONTACTS = ("email_type", "email_display", "email_primary", "further_emails", "phone_type", "phone_display",
             "phone_primary", "further_phones")  # fmt: skip
# Who is part of another record has left once that one has.
_DUE = f"""
select p.person_id from person p left join scim_profile s using (person_id)
    join person whole on whole.person_id = coalesce(p.merged_into, p.person_id)
where p.deactivated_on < $1 and whole.deactivated_on < $1 and not p.erased and not {_HELD} and (
    p.phone is not null or p.email is not null or s.further_emails is not null or s.further_phones is not null
    or exists (select from person_version v
        where v.person_id = p.person_id and (v.phone is not null or v.email is not null)))
order by p.person_id limit $2 for update of p skip locked
"""
_RECORD = """
update person set phone = null, email = null, line_digest = null, version = version + 1, recorded_at = $2,
    recorded_by = $3
where person_id = any($1::uuid[])
"""
_VERSIONS = """
update person_version set phone = null, email = null
where person_id = any($1::uuid[]) and (phone is not null or email is not null)
"""
_PROFILES = f"""
update scim_profile set {", ".join(f"{name} = null" for name in _CONTACTS)} where person_id = any($1::uuid[])
"""
# What a merge stores to be undone: records that are one have none of these by now.
_MERGES = """
update person_merge set belongings = jsonb_set(
    jsonb_set(belongings, '{survivor,before}', belongings #> '{survivor,before}' || $2::jsonb),
    '{survivor,after}', belongings #> '{survivor,after}' || $2::jsonb)
where survivor_id = any($1::uuid[]) and belongings ? 'survivor'
"""
_NO_CONTACTS = '{"phone": null, "email": null}'
_KEYS = "delete from placed_match_key where person_id = any($1::uuid[])"
# A post has contacts where a FHIR client sent some: from its last day, or from the day on which it was withdrawn.
_OF_POSTS = f"""
with due as (
    select s.key from sent_resource s
    cross join lateral (
        select p.person_id, p.valid_to as last from post p
        where p.post_id = case when s.kind = $3 then s.key::uuid end
        union all select v.person_id, v.recorded_at::date from post_version v
        where v.post_id = case when s.kind = $3 then s.key::uuid end and v.withdrawn
    ) ended join person m using (person_id)
    join person whole on whole.person_id = coalesce(m.merged_into, m.person_id)
    where s.kind = $3 and s.elements::jsonb ? 'telecom' and ended.last < $1 and not {_HELD}
    order by s.key limit $2 for update of s skip locked
)
update sent_resource s set elements = (s.elements::jsonb - 'telecom')::json
from due where s.kind = $3 and s.key = due.key
"""
# The decision stays: what was not the same is not asked again. What it was decided by goes.
_COMPARED = """
update match_review set fields = '[]' where review_id in (
    select r.review_id from match_review r
    where r.decided_at < $1 and r.fields <> '[]' and not exists (
        select from legal_hold h where h.person_id in (r.first_id, r.second_id))
    order by r.review_id limit $2 for update skip locked)
"""


def follow(settings: Settings) -> Callable[[Database], Awaitable[None]]:
    """A start-up step that takes over how long each class is kept; 0 days: for good."""

    async def take(_: Database) -> None:
        global _contacts_days, _matching_days
        _contacts_days, _matching_days = settings.retention_contacts_days, settings.retention_matching_days

    return take


async def forget_contacts(session: AsyncSession) -> int:
    """Delete contacts of people who left long ago, from their record and what it was before. Returns how many."""
    if not _contacts_days:
        return 0
    await lock(session, COMPARING)
    connection = await raw(session)
    before = clock.today() - timedelta(days=_contacts_days)
    ids = [row[0] for row in await connection.fetch(_DUE, before, AT_ONCE)]
    if ids:
        await connection.execute(_RECORD, ids, clock.now(), BY)
        await connection.execute(_VERSIONS, ids)
        await connection.execute(_PROFILES, ids)
        await connection.execute(_MERGES, ids, _NO_CONTACTS)
        await connection.execute(_KEYS, ids)
        await compare_later(connection, ids)
        await announce_people(connection, ids)
    return len(ids)


async def forget_contacts_of_posts(session: AsyncSession) -> int:
    """Delete contacts that FHIR clients sent of posts that ended long ago. Returns of how many posts."""
    if not _contacts_days:
        return 0
    before = clock.today() - timedelta(days=_contacts_days)
    done: str = await (await raw(session)).execute(_OF_POSTS, before, AT_ONCE, ROLE_OF)
    return int(done.rpartition(" ")[2])


async def forget_comparisons(session: AsyncSession) -> int:
    """Delete what pairs were decided by, once that is long ago. Returns how many."""
    if not _matching_days:
        return 0
    before = clock.now() - timedelta(days=_matching_days)
    done: str = await (await raw(session)).execute(_COMPARED, before, AT_ONCE)
    return int(done.rpartition(" ")[2])
