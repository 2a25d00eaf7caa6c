"""The names of people whom the caller was asked to rate, on assessment's sealed word.

The one way to a name other than role, scope and relation. Who holds a word reads a name, a role and a unit;
no word opens a person's record.
"""

from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.people import person
from services.registry.tables.units import role, unit
from shared import clock
from shared.auth.asked_raters import MOST, Named, NamedSubjects, Subjects, unbroken
from shared.auth.caller import Caller
from shared.errors import NotFound

_DECODER = msgspec.json.Decoder(Subjects)


async def named(session: AsyncSession, caller: Caller, pepper: str, question: bytes) -> bytes:
    """The sealed subjects of a question with their names, as JSON.

    Raises NotFound `person-unknown` where one was not sealed for this sign-in within a minute.
    """
    try:
        asked = _DECODER.decode(question).items
        people = [UUID(item.person_id) for item in asked]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise _unknown() from None
    now = clock.now().timestamp()
    if len(asked) > MOST or not all(unbroken(pepper, caller.subject_key, item, now) for item in asked):
        raise _unknown()
    shown = sa.select(person.c.person_id, person.c.family_name, person.c.given_name)
    names = {row[0]: row for row in await session.execute(shown.where(person.c.person_id.in_(people)))}
    wanted = {item.unit_code for item in asked}, {item.role_code for item in asked}
    units = sa.select(unit.c.unit_code, unit.c.name).where(unit.c.unit_code.in_(wanted[0]))
    roles = sa.select(role.c.role_code, role.c.name).where(role.c.role_code.in_(wanted[1]))
    unit_names = dict((await session.execute(units)).all())
    role_names = dict((await session.execute(roles)).all())
    items = [
        Named(
            request_id=item.request_id,
            family_name=found.family_name,
            given_name=found.given_name,
            role_code=item.role_code,
            role_name=role_names.get(item.role_code, {}),
            unit_code=item.unit_code,
            unit_name=unit_names.get(item.unit_code, item.unit_code),
        )
        for item, person_id in zip(asked, people, strict=True)
        if (found := names.get(person_id)) is not None
    ]
    return msgspec.json.encode(NamedSubjects(items))


def _unknown() -> NotFound:
    return NotFound("person-unknown", "There is no such person, or none that you may see.")
