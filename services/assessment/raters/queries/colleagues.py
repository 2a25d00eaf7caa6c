"""Who may be named as a rater: whom the caller may know of, and nobody else.

A person elsewhere is answered like one who does not exist, so that naming tells nobody who is there.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands.raters import Invitation, Named
from services.assessment.tables import directory
from shared import clock
from shared.auth.caller import Caller

# Colleagues of the assessed person: in the same unit, the manager, the manager's reports, own reports.
_NAMEABLE = sa.text("""
with held as (
    select p.post_id, p.person_id, p.unit_code, p.manager_post_id from post p join person using (person_id)
    where person.active and p.valid_from <= :today and (p.valid_to is null or p.valid_to >= :today)
), own as (select * from held where person_id = :subject)
select distinct held.person_id from held join unit u using (unit_code)
where held.person_id = any(:people) and (u.path && cast(:units as text[]) or exists (
    select from own where held.unit_code = own.unit_code or held.post_id = own.manager_post_id
        or held.manager_post_id in (own.manager_post_id, own.post_id)))
""")


async def nameable(
    session: AsyncSession,
    caller: Caller,
    assessment: Mapping[str, Any],
    invitations: Sequence[Invitation],
    *,
    partners_anywhere: bool,
) -> Named:
    """Who works inside the caller's units, or is a colleague of the assessed person.

    With `partners_anywhere` partners from elsewhere too, and those who are nowhere pass in silence.
    """
    people = [item.person_id for item in invitations]
    values = {"subject": assessment["person_id"], "people": people, "units": list(caller.units)}
    known = set(await session.scalars(_NAMEABLE, {**values, "today": clock.today()}))
    if not partners_anywhere:
        return Named(known, set())
    partners = {item.person_id for item in invitations if item.category == "partner"} - known
    there = sa.select(directory.person.c.person_id)
    there = there.where(directory.person.c.person_id.in_(partners), directory.person.c.active)
    found = set(await session.scalars(there))
    return Named(known | found, partners - found, silent=True)
