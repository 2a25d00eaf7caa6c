"""A caller sees a person only by role x subtree x relationship (self, my team, my unit)."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.auth.caller import Caller
from shared.errors import Forbidden, NotFound

OVERSEES = frozenset({"hris", "programme-manager"})  # roles that read individuals inside their units

_CALLER = text("select person_id from subject where subject_key = :key")
_PATH = text("select path from unit where unit_code = :code and version > 0")
_ROOT_INSIDE = text(
    "select exists (select from unit where parent is null and version > 0 and unit_code = any(:units))"
)
_POSTS = text("""
select u.path from post p left join unit u using (unit_code)
where p.person_id = :person and p.valid_from <= :today and (p.valid_to is null or p.valid_to >= :today)
""")
_MANAGES = text("""
select exists (
    select from post mine join post theirs on theirs.manager_post_id = mine.post_id
    where mine.person_id = :manager and theirs.person_id = :person
      and mine.valid_from <= :today and (mine.valid_to is null or mine.valid_to >= :today)
      and theirs.valid_from <= :today and (theirs.valid_to is null or theirs.valid_to >= :today))
""")
_KNOWN = text("select exists (select from person where person_id = :person)")


async def caller_person(session: AsyncSession, caller: Caller) -> UUID | None:
    """The person that the caller's sign-in is tied to in registry, None for clients and strangers."""
    found = await session.scalar(_CALLER, {"key": caller.subject_key})
    return UUID(str(found)) if found else None


async def require_person(session: AsyncSession, caller: Caller) -> UUID:
    """As `caller_person`. Raises Forbidden `person-not-tied` when the sign-in is nobody's."""
    person = await caller_person(session, caller)
    if person is None:
        raise Forbidden("person-not-tied", "This sign-in is not tied to a person in registry.")
    return person


def covers(caller: Caller, path: list[str] | None) -> bool:
    """Whether a unit with this path lies inside the caller's units."""
    return path is not None and not set(caller.units).isdisjoint(path)


async def in_scope(session: AsyncSession, caller: Caller, unit_code: str) -> bool:
    """Whether the unit is known and lies inside the caller's units."""
    return covers(caller, await session.scalar(_PATH, {"code": unit_code}))


async def require_unit(session: AsyncSession, caller: Caller, unit_code: str) -> None:
    """Raises NotFound `unit-unknown`, or Forbidden `unit-out-of-scope` outside the caller's units."""
    path = await session.scalar(_PATH, {"code": unit_code})
    if path is None:
        raise NotFound("unit-unknown", "There is no such unit.")
    if not covers(caller, path):
        raise Forbidden("unit-out-of-scope", "The unit lies outside your units.")


async def require_everywhere(session: AsyncSession, caller: Caller) -> None:
    """Raises Forbidden `unit-out-of-scope` unless the caller's units include the root."""
    if not await session.scalar(_ROOT_INSIDE, {"units": list(caller.units)}):
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")


async def manages(session: AsyncSession, manager: UUID, person: UUID) -> bool:
    """Whether a post of `person` reports to a post of `manager` today."""
    parameters = {"manager": manager, "person": person, "today": clock.today()}
    return bool(await session.scalar(_MANAGES, parameters))


async def oversees(session: AsyncSession, caller: Caller, person: UUID) -> bool:
    """Whether the caller's role reads individuals and the person has a post inside its units today."""
    if caller.roles.isdisjoint(OVERSEES):
        return False
    rows = await session.execute(_POSTS, {"person": person, "today": clock.today()})
    return any(covers(caller, path) for (path,) in rows)


async def person_access(session: AsyncSession, caller: Caller, person: UUID) -> None:
    """Pass for oneself, one's team and, by role, people inside one's units.

    Raises NotFound `person-unknown` in every other case, so that nobody learns who exists.
    """
    if await session.scalar(_KNOWN, {"person": person}):
        own = await caller_person(session, caller)
        if own == person or (own is not None and await manages(session, own, person)):
            return
        if await oversees(session, caller, person):
            return
    raise NotFound("person-unknown", "There is no such person, or none that you may see.")
