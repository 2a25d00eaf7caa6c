"""Entries of the audit about what was done in FHIR, as far as the caller may read them.

What raters do is done by other ways, and an entry of it has neither a time nor a subject: none of them is here.
"""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import held_on, inside
from services.registry.mcsd.audit_request import AuditSearch
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.matching import Condition, Period
from services.registry.tables.people import person, post, subject
from services.registry.tables.units import unit
from shared import clock
from shared.audit.tables import audit_entry as entry
from shared.audit_reading import queries as audit
from shared.auth.caller import Caller
from shared.http.paging import Page

OPERATIONS = "% /fhir/r4%"


async def find(session: AsyncSession, caller: Caller, wanted: AuditSearch) -> dict[str, Any]:
    """A page of entries, oldest first. Raises BadRequest `search-invalid`, Forbidden as `require_some_unit`."""
    conditions: list[Condition] = [entry.c.at.is_not(None), entry.c.operation.like(OPERATIONS)]
    conditions += [matching.dates(each, Period(entry.c.at, entry.c.at)) for each in wanted.dates]
    if wanted.ids is not None:
        conditions.append(entry.c.entry_id.in_(wanted.ids))
    if wanted.sign_ins is not None:
        conditions.append(entry.c.caller.in_(wanted.sign_ins))
    if wanted.agents is not None:
        keys = sa.select(subject.c.subject_key).where(subject.c.person_id.in_(wanted.agents))
        conditions.append(entry.c.caller.in_(keys))
    if wanted.people is not None:
        conditions.append(await _about(session, caller, wanted.people))
    after = None if wanted.after is None else (wanted.after,)
    return await audit.entries(session, caller, Page(wanted.count, after), {}, conditions)


async def _about(session: AsyncSession, caller: Caller, people: list[UUID]) -> Condition:
    """Whether an entry is about one of these people, of those whom the caller may see in it."""
    select = sa.select(person.c.person_id).where(person.c.person_id.in_(people))
    if not await audit.everywhere(session, caller):
        held = sa.select(post.c.person_id).join(unit, unit.c.unit_code == post.c.unit_code)
        held = held.where(held_on(post, sa.literal(clock.today())), inside(caller))
        select = select.where(person.c.person_id.in_(held))
    seen = await session.scalars(select)
    return sa.or_(sa.false(), *[audit.about(each) for each in seen])
