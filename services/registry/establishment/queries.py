"""Reads of an establishment: what a unit should have, what it has, and what is missing."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.establishment import established_post, post_norm, staffing_minimum
from shared.http.paging import Page, page
from shared.leadership import has_level

_UNITS = """
with chosen as (
    select unit_code, type from unit
    where case when :tree then path @> array[cast(:unit as text)] else unit_code = :unit end
      and open_from <= :day and (closed_on is null or closed_on > :day)
), held as (
    select p.unit_code, p.role_code, p.person_id, p.acting, w.cadre
    from post p join chosen using (unit_code) join person w using (person_id)
    where p.valid_from <= :day and (p.valid_to is null or p.valid_to >= :day)
      and (w.deactivated_on is null or w.deactivated_on > :day)
)"""
# Missing posts are counted unit by unit: one unit's surplus fills nobody's vacancy elsewhere.
_ROLES = sa.text(f"""
{_UNITS}, filled as (
    select unit_code, role_code, count(distinct person_id) filter (where not acting) as filled,
        count(distinct person_id) filter (where acting) as acting
    from held group by unit_code, role_code
), established as (
    select distinct on (e.unit_code, e.role_code) e.unit_code, e.role_code, e.posts
    from established_post e join chosen using (unit_code) where e.valid_from <= :day
    order by e.unit_code, e.role_code, e.valid_from desc
), norm as (
    select distinct on (n.unit_type, n.role_code) n.unit_type, n.role_code, n.posts
    from post_norm n where n.valid_from <= :day and n.unit_type in (select type from chosen)
    order by n.unit_type, n.role_code, n.valid_from desc
), normed as (
    select c.unit_code, n.role_code, n.posts from chosen c join norm n on n.unit_type = c.type
), place as (
    select unit_code, role_code from filled union select unit_code, role_code from established
    union select unit_code, role_code from normed
)
select role_code, r.level, coalesce(sum(f.filled), 0) as filled, coalesce(sum(f.acting), 0) as acting,
    sum(e.posts) as established,
    sum(greatest(e.posts - coalesce(f.filled, 0), 0)) filter (where e.posts is not null) as vacant,
    sum(n.posts) as norm,
    sum(greatest(n.posts - coalesce(f.filled, 0), 0)) filter (where n.posts is not null) as gap,
    count(n.posts) filter (where n.posts > 0) as units_with_norm,
    count(n.posts) filter (where n.posts > 0 and coalesce(f.filled, 0) >= n.posts) as units_meeting_norm
from place join role r using (role_code) left join filled f using (unit_code, role_code)
left join established e using (unit_code, role_code) left join normed n using (unit_code, role_code)
group by role_code, r.level order by role_code
""")
_CADRES = sa.text(f"""
{_UNITS}, minimum as (
    select distinct on (m.unit_code, m.cadre) m.unit_code, m.cadre, m.staff
    from staffing_minimum m join chosen using (unit_code) where m.valid_from <= :day
    order by m.unit_code, m.cadre, m.valid_from desc
), present as (
    select unit_code, cadre, count(distinct person_id) as staff from held group by unit_code, cadre
)
select m.cadre, sum(m.staff) as minimum, coalesce(sum(p.staff), 0) as present,
    sum(greatest(m.staff - coalesce(p.staff, 0), 0)) as short
from minimum m left join present p using (unit_code, cadre) group by m.cadre order by m.cadre
""")


async def establishment_of(session: AsyncSession, unit_code: str, on: date, *, tree: bool) -> dict[str, Any]:
    """Posts by role and staff by cadre of a unit on a day, or summed over it and all units below it (`tree`).

    Figures are null where nobody stated how many there should be.
    """
    asked = {"unit": unit_code, "day": on, "tree": tree}
    roles = (await session.execute(_ROLES, asked)).mappings().all()
    cadres = (await session.execute(_CADRES, asked)).mappings().all()
    return {
        "unit": unit_code,
        "on": on,
        "tree": tree,
        "roles": [{**row, "leadership": has_level(row["level"])} for row in roles],
        "cadres": [dict(row) for row in cadres],
    }


async def list_established(session: AsyncSession, wanted: Page, unit_code: str) -> dict[str, Any]:
    """One page of the established posts of a unit, of all days."""
    return await _list(session, wanted, established_post, established_post.c.unit_code == unit_code)


async def list_minimums(session: AsyncSession, wanted: Page, unit_code: str) -> dict[str, Any]:
    """One page of the staffing minimums of a unit, of all days."""
    return await _list(session, wanted, staffing_minimum, staffing_minimum.c.unit_code == unit_code)


async def list_norms(session: AsyncSession, wanted: Page, unit_type: str | None) -> dict[str, Any]:
    """One page of norms of posts, of all days."""
    of_type = sa.true() if unit_type is None else post_norm.c.unit_type == unit_type
    return await _list(session, wanted, post_norm, of_type)


async def _list(
    session: AsyncSession, wanted: Page, table: sa.Table, which: sa.ColumnElement[bool]
) -> dict[str, Any]:
    shown = [column for column in table.c if not column.name.startswith("recorded")]
    return await page(session, sa.select(*shown).where(which), list(table.primary_key.columns), wanted)
