"""Whether the stored report of a load of responses may be given again."""

from collections.abc import Collection
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands import own_team
from services.assessment.tables import directory
from services.assessment.tables.ratings import assessment
from shared.auth.caller import Caller
from shared.auth.rights import Decision
from shared.database.engine import raw
from shared.directory import authorization


async def ask_again(session: AsyncSession, caller: Caller, decision: Decision) -> None:
    """As `shared.directory.authorization.ask_again`; nor to anybody of whom a line would be refused now.

    Raises Forbidden `unit-out-of-scope` where an assessment lies outside the caller's units, or is by now of
    the caller or their team.
    """
    await authorization.ask_again(session, caller, decision)
    if decision.load is None or not decision.load.ids:
        return
    connection = await raw(session)
    own = await own_team.people(connection, caller)
    managed = await own_team.managed(connection, caller)
    unit = directory.unit
    named = sa.select(assessment).join(unit, unit.c.unit_code == assessment.c.unit_code)
    lost = named.where(
        assessment.c.assessment_id == _any(decision.load.ids),
        sa.or_(
            ~unit.c.path.overlap(list(caller.units)),
            assessment.c.person_id == _any(own),
            assessment.c.assessment_id == _any(managed),
        ),
    )
    if await session.scalar(sa.select(lost.exists())):
        raise authorization.report_withheld()


def _any(ids: Collection[UUID]) -> sa.CollectionAggregate[bool]:
    """Any of thousands, as one parameter."""
    return sa.any_(sa.literal(list(ids), ARRAY(sa.Uuid())))
