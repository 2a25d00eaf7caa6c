"""Who may do and see what: a right asked for by name, decided by role, scope and relation together.

One statement finds the relations of a person to the caller, the same for somebody out of scope as for
nobody: neither the answer nor the work for it tells who exists.
"""

from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Decision, Load, Reach
from shared.directory.tables import directory_tables
from shared.errors import Forbidden, NotFound

NOBODY = UUID(int=0)  # asked about in place of what does not exist

# Registry's own tables have the same names and columns as its projection elsewhere.
_directory = directory_tables(sa.MetaData())
_subject, _unit = _directory.subject.c, _directory.unit.c
_among = _unit.unit_code == sa.any_(sa.bindparam("units", type_=ARRAY(sa.Text)))
_CALLER = sa.select(_subject.person_id).where(_subject.subject_key == sa.bindparam("key"))
_PATH = sa.select(_unit.path).where(_unit.unit_code == sa.bindparam("code"), _unit.version > 0)
_ROOT_INSIDE = sa.select(sa.exists().where(_unit.parent.is_(None), _unit.version > 0, _among))
_KNOWN_UNITS = sa.select(_unit.unit_code).where(_unit.version > 0, _among).order_by(_unit.unit_code)
# Asked with each request about a person or a list, as one statement: SQL says it in fewer words than Core.
_ALL_INSIDE = text("""
select not exists (
    select from unnest(cast(:codes as text[])) as named(unit_code) left join unit u using (unit_code)
    where u.path is null or not u.path && cast(:units as text[]))
""")
_RELATIONS = text("""
with own as (
    select coalesce(
        cast(:in_place_of as uuid), (select person_id from subject where subject_key = :key)) as person_id
), held as (
    select post_id, person_id, manager_post_id, unit_code from post
    where person_id in (:person, (select person_id from own))
      and valid_from <= :today and (valid_to is null or valid_to >= :today)
)
select own.person_id is not distinct from cast(:person as uuid) as self,
    exists (select from held mine join held theirs on theirs.manager_post_id = mine.post_id
        where mine.person_id = own.person_id and theirs.person_id = :person) as team,
    case when cast(:unit as text) is null then exists (
        select from held join unit u using (unit_code) where held.person_id = :person and u.path && :units)
    else exists (select from unit u where u.unit_code = :unit and u.path && :units) end as units
from own where exists (select from person where person_id = :person and not erased)
""")


async def caller_person(session: AsyncSession, caller: Caller) -> UUID | None:
    """The person that the caller's sign-in is tied to in registry, or in whose place they read.

    None for clients and strangers.
    """
    if caller.in_place_of is not None:
        return caller.in_place_of
    found = await session.scalar(_CALLER, {"key": caller.subject_key})
    return UUID(str(found)) if found else None


async def require_person(session: AsyncSession, caller: Caller, right: str) -> UUID:
    """The caller's own person, where a role gives the right about oneself.

    Raises Forbidden `role-missing`, and `person-not-tied` when the sign-in is nobody's.
    """
    if Reach.SELF not in rights.reaches(caller, right):
        raise rights.missing(right)
    person = await caller_person(session, caller)
    if person is None:
        raise Forbidden("person-not-tied", "This sign-in is not tied to a person in registry.")
    rights.decide(caller, right, {Reach.SELF}, person=person)
    return person


async def relations(
    session: AsyncSession, caller: Caller, person: UUID, unit: str | None = None
) -> frozenset[Reach]:
    """The relations of a person to the caller today, whatever the roles; empty for nobody.

    `unit` is where something of the person belongs, such as an assessment; without it the units of
    the person's posts decide whether they are inside the caller's.
    """
    me = {"key": caller.subject_key, "in_place_of": caller.in_place_of, "units": list(caller.units)}
    parameters = {**me, "person": person, "unit": unit, "today": clock.today()}
    row = (await session.execute(_RELATIONS, parameters)).mappings().one_or_none()
    return frozenset(Reach(name) for name, held in (row or {}).items() if held)


async def may(
    session: AsyncSession, caller: Caller, right: str, person: UUID, unit: str | None = None
) -> Decision | None:
    """The decision about something of a person, `unit` as in `relations`; None where it is not allowed."""
    held = await relations(session, caller, person, unit)
    return rights.decide(caller, right, held, person=person, unit=unit)


async def person_access(session: AsyncSession, caller: Caller, right: str, person: UUID) -> Decision:
    """As `may`. Raises Forbidden `role-missing` where no role gives the right at all.

    Raises NotFound `person-unknown` in every other case, so that nobody learns who exists.
    """
    rights.require(caller, right)
    decision = await may(session, caller, right, person)
    if decision is None:
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    return decision


def covers(caller: Caller, path: Iterable[str] | None) -> bool:
    """Whether a unit with this path lies inside the caller's units."""
    return path is not None and not set(caller.units).isdisjoint(path)


async def require_unit(session: AsyncSession, caller: Caller, right: str, unit_code: str) -> list[str]:
    """The path of a unit inside the caller's units, where a role gives the right there.

    Raises Forbidden `role-missing`, NotFound `unit-unknown`, Forbidden `unit-out-of-scope`: the tree
    is no secret.
    """
    if Reach.UNITS not in rights.reaches(caller, right):
        raise rights.missing(right)
    path: list[str] | None = await session.scalar(_PATH, {"code": unit_code})
    if path is None:
        raise NotFound("unit-unknown", "There is no such unit.")
    if not covers(caller, path) or rights.decide(caller, right, {Reach.UNITS}, unit=unit_code) is None:
        raise Forbidden("unit-out-of-scope", "The unit lies outside your units.")
    return path


async def require_some_unit(session: AsyncSession, caller: Caller, right: str) -> None:
    """Pass where a role gives the right and the token is valid for a unit that exists.

    Raises Forbidden `role-missing` and `unit-out-of-scope`.
    """
    rights.require(caller, right)
    units = (await session.scalars(_KNOWN_UNITS, {"units": list(caller.units)})).all()
    require_any(caller, right, units)


def require_any(caller: Caller, right: str, known: Iterable[str]) -> None:
    """As `require_some_unit`, for who has looked which units of the token exist."""
    rights.require(caller, right)
    if not [unit for unit in known if rights.decide(caller, right, {Reach.UNITS}, unit=unit)]:
        raise Forbidden("unit-out-of-scope", "This needs a token that is valid for a unit.")


async def require_country(session: AsyncSession, caller: Caller, right: str) -> None:
    """Pass where a role gives the right whatever the units, or everywhere and the units have the root.

    Raises Forbidden `role-missing` and `unit-out-of-scope`.
    """
    rights.require(caller, right)
    if rights.decide(caller, right, {Reach.ALL}) is not None:
        return
    root = await session.scalar(_ROOT_INSIDE, {"units": list(caller.units)})
    if not root or rights.decide(caller, right, {Reach.COUNTRY}) is None:
        raise Forbidden("unit-out-of-scope", "This needs the whole tree in your units.")


async def ask_again(session: AsyncSession, caller: Caller, decision: Decision) -> None:
    """Make a decision once more, as of now. Raises what the same request would end in if it were new."""
    if decision.load is not None:
        await _require_load(session, caller, decision.right, decision.load)
    elif decision.person is not None and decision.unit is not None:
        if await may(session, caller, decision.right, decision.person, decision.unit) is None:
            raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    elif decision.person is not None:
        await person_access(session, caller, decision.right, decision.person)
    elif decision.unit is not None:
        await require_unit(session, caller, decision.right, decision.unit)
    elif decision.reach is Reach.COUNTRY:
        await require_country(session, caller, decision.right)
    else:
        rights.require(caller, decision.right)


async def _require_load(session: AsyncSession, caller: Caller, right: str, load: Load) -> None:
    if Reach.UNITS not in rights.reaches(caller, right):
        raise rights.missing(right)
    named = {"codes": list(load.units), "units": list(caller.units)}
    if load.units and not await session.scalar(_ALL_INSIDE, named):
        raise report_withheld()


def report_withheld() -> Forbidden:
    """The refusal of a stored report of a load that names what the caller may not load any more."""
    detail = "The stored report names what is not inside your units any more. Load again under a new key."
    return Forbidden("unit-out-of-scope", detail)
