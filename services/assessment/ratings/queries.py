"""Whether the stored report of a load of responses may be given again."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands import own_team
from shared.auth.caller import Caller
from shared.auth.rights import Decision
from shared.database.engine import raw
from shared.directory import authorization

_LOST = text("""
select exists (
    select from assessment a join unit u using (unit_code)
    where a.assessment_id = any(cast(:named as uuid[])) and (
        not u.path && cast(:units as text[])
        or a.person_id = any(cast(:own as uuid[])) or a.assessment_id = any(cast(:managed as uuid[]))))
""")


async def ask_again(session: AsyncSession, caller: Caller, decision: Decision) -> None:
    """As `shared.directory.authorization.ask_again`; nor to anybody of whom a line would be refused now.

    Raises Forbidden `unit-out-of-scope` where an assessment lies outside the caller's units, or is by now of
    the caller or their team.
    """
    await authorization.ask_again(session, caller, decision)
    if decision.load is None or not decision.load.ids:
        return
    connection = await raw(session)
    named = {
        "named": list(decision.load.ids),
        "units": list(caller.units),
        "own": await own_team.people(connection, caller),
        "managed": await own_team.managed(connection, caller),
    }
    if await session.scalar(_LOST, named):
        raise authorization.report_withheld()
