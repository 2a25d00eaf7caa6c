"""A Location that was sent becomes a unit, by the commands of units."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import sent_units, terms
from services.registry.mcsd.commands.references import Feed, referred_id
from services.registry.mcsd.commands.versions import unless_stale
from services.registry.mcsd.queries.search import unknown
from services.registry.mcsd.sent_people import Identifier, wrong
from services.registry.mcsd.sent_units import Sent, Unit
from services.registry.source_systems.queries import writer_of
from services.registry.tables.units import unit as unit_table
from services.registry.units.commands.identifiers import identify_unit
from services.registry.units.commands.placements import move_unit
from services.registry.units.commands.reorganisations import close_unit
from services.registry.units.commands.units import create_unit, describe_unit, find_unit
from services.registry.units.hierarchy import check_code
from shared import clock
from shared.auth import rights
from shared.database.engine import raw
from shared.directory.authorization import require_unit
from shared.errors import Conflict, Forbidden, NotFound
from shared.fields import FIRST_DAY

KEEP = "unit.keep"
OPENED = FIRST_DAY.replace(year=2000)  # as units of facility lists, so that posts of the past find them


async def create_location(session: AsyncSession, feed: Feed, sent: Sent, code: str | None = None) -> str:
    """A new unit, with this `code` where one is given. Returns its id.

    Raises as `create_unit`, Invalid for what is not taken.
    """
    rights.require(feed.asked.caller, KEEP)
    unit = sent_units.unit(sent)
    code = sent_units.new_code(unit) if code is None else check_code(code, "/Location/id")
    parent = await _parent(session, feed, unit)
    if parent is None:
        if code not in feed.asked.caller.units:
            raise Forbidden("unit-out-of-scope", "The root must be one of your units.")
        level = unit.level or sent_units.LEVELS[0]
    else:
        level = sent_units.level_below(unit.level, (await find_unit(session, parent))["level"])
    blank = {"ownership": None, "rural": None}
    values = {
        **blank,
        **unit.values,
        "unit_code": code,
        "level": level,
        "parent": parent,
        "open_from": OPENED,
    }
    await create_unit(session, values, feed.asked.caller.subject_key)
    if not unit.open:
        await close_unit(session, code, clock.today(), [], feed.asked.caller.subject_key)
    await _identify(session, feed, code, unit.identifiers)
    return terms.id_of_unit(code)


async def is_new(session: AsyncSession, feed: Feed, id_: str) -> bool:
    """Whether there is no unit of this id yet, for who may make units at all. Raises Forbidden `role-missing`."""
    rights.require(feed.asked.caller, KEEP)
    same = unit_table.c.unit_code == terms.unit_of_id(id_)
    return await session.scalar(sa.select(unit_table.c.unit_code).where(same)) is None


async def update_location(
    session: AsyncSession, feed: Feed, id_: str, sent: Sent, if_match: str | None
) -> str:
    """The unit as the resource says it is. Raises as the commands that move, describe and close units."""
    code, by = terms.unit_of_id(id_), feed.asked.caller.subject_key
    try:
        await require_unit(session, feed.asked.caller, KEEP, code)
    except NotFound:
        raise unknown() from None
    unit, stored = sent_units.unit(sent), await find_unit(session, code)
    unless_stale(if_match, stored["version"])
    if unit.level is not None and unit.level != stored["level"]:
        raise wrong(
            "/Location/type", "level-order", f"The unit is a {stored['level']}, which does not change."
        )
    if unit.code not in (None, code):
        raise wrong("/Location/identifier", "code-malformed", "The code of a unit does not change.")
    parent = await _parent(session, feed, unit)
    if parent is not None and parent != stored["parent"]:
        await move_unit(session, code, parent, clock.today(), by)
    await describe_unit(session, code, unit.values, by)
    closed = stored["closed_on"] is not None and stored["closed_on"] <= clock.today()
    if closed and unit.open:
        raise Conflict("unit-closed", f"The unit is closed from {stored['closed_on']}; closing is final.")
    if not closed and not unit.open:
        await close_unit(session, code, clock.today(), [], by)
    await _identify(session, feed, code, unit.identifiers)
    return id_


async def _parent(session: AsyncSession, feed: Feed, unit: Unit) -> str | None:
    """The code of the parent, one of the caller's units to build under."""
    if unit.parent is None:
        return None
    at = "/Location/partOf"
    code = terms.unit_of_id(await referred_id(session, feed, (terms.LOCATION,), unit.parent, at))
    try:
        await require_unit(session, feed.asked.caller, KEEP, code)
    except NotFound:
        raise wrong(at, "reference-unresolved", "There is no such Location.") from None
    return code


async def _identify(session: AsyncSession, feed: Feed, code: str, known: list[Identifier]) -> None:
    for system, value, at in known:
        connection = await raw(session)
        writer = await writer_of(connection, feed.asked.caller, system, "units", f"{at}/system")
        await identify_unit(session, code, value, writer)
