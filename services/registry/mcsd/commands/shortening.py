"""The list of changes is shortened by age: of what is older than `DAYS` days only the newest versions stay.

So a history without `_since` still has each record as it is, and one `_since` a day within the bound has every
version. One `_since` before it is refused (`queries/history.py`): it would lack versions without a word. What was
the newest once stays on the list when it is followed later: a record leaves one entry for each time that a version
of it lasted longer than the bound.
"""

from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock

DAYS = 400
AT_ONCE = 20  # rows, of up to a thousand records each

# The row with the highest position stays, since positions go on from it. Entries keep their places in the row
# (`ordinals`), so that the pages of somebody who reads meanwhile go on where they were.
_SHORTEN = sa.text("""
with old as materialized (
    select number, kind, coalesce(codes, ids::text[]) as keys, versions, settled_at, ids is null as coded
    from resource_change
    where not shortened and settled_at < :before
        and position < (select max(position) from resource_change)
    order by settled_at limit :most for update
),
entries as (
    select old.number, old.kind, old.coded, each.key, each.version, each.place
    from old cross join lateral unnest(old.keys, old.versions) with ordinality as each(key, version, place)
),
newest as (
    select number, coded, array_agg(key order by place) as keys, array_agg(version order by place) as versions,
        array_agg((place - 1)::int order by place) as ordinals
    from entries e
    where version >= coalesce(case kind
        when 'unit' then (select version from unit where unit_code = e.key)
        when 'person' then coalesce(
            (select version from person where person_id = e.key::uuid),
            (select max(version) from person_version where person_id = e.key::uuid))
        when 'post' then coalesce(
            (select version from post where post_id = e.key::uuid),
            (select max(version) from post_version where post_id = e.key::uuid))
        when 'regional_unit' then (select version from regional_unit where resource_id = e.key)
        else (select version from directory_resource r where r.kind = e.kind and r.resource_id = e.key)
    end, 0)
    group by number, coded
),
deleted as (
    delete from resource_change using old
    where resource_change.number = old.number and old.number not in (select number from newest)
),
changed as (
    update resource_change c set
        codes = case when newest.coded then newest.keys end,
        ids = case when not newest.coded then newest.keys::uuid[] end,
        versions = newest.versions, ordinals = newest.ordinals, shortened = true
    from newest where c.number = newest.number
),
noted as (
    insert into shortened_history ("only", until) select true, max(settled_at) from old having count(*) > 0
    on conflict ("only") do update set until = greatest(shortened_history.until, excluded.until)
)
select count(*) from old
""")


async def shorten(session: AsyncSession) -> int:
    """Shorten some rows of the list that are older than the bound. Returns how many."""
    before = clock.now() - timedelta(days=DAYS)
    found = await session.scalar(_SHORTEN, {"before": before, "most": AT_ONCE})
    return int(found or 0)
