"""What the rule on event readers needs to know: relations to people and units, today and on the days of events."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access import queries as access
from services.registry.source_systems.queries import people_of_own
from services.registry.tables.people import person
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.event_access import (
    Moments,
    Way,
    may_see_anywhere,
    may_see_person,
    may_see_unit,
)
from shared.auth.event_readers import Asked
from shared.auth.rights import Reach

Place = tuple[str, date]  # a unit on a day
KEEPER = "hris"  # reads also who is to come and who has left, as in `access.queries`

# Units that were inside the reader's on a day, by their dated places; before a unit's first place that one.
_INSIDE = text("""
with recursive asked as (
    select distinct * from unnest(cast(:codes as text[]), cast(:days as date[])) as a(named, day)
), up as (
    select named, day, named as unit_code, 0 as steps from asked
    union all
    select up.named, up.day, place.parent, steps + 1 from up cross join lateral (
        select parent from unit_placement p where p.unit_code = up.unit_code
        order by p.valid_from <= up.day desc,
            case when p.valid_from <= up.day then p.valid_from end desc, p.valid_from limit 1) as place
    where steps < 16
)
select distinct named, day from up where unit_code = any(:units)
""")
_RELATED = text("""
with own as (select person_id from subject where subject_key = :key), asked as (
    select distinct * from unnest(cast(:people as uuid[]), cast(:days as date[])) as a(person_id, day)
)
select asked.person_id, asked.day, asked.person_id = own.person_id as is_self, exists (
    select from post mine join post theirs on theirs.manager_post_id = mine.post_id
    where mine.person_id = own.person_id and theirs.person_id = asked.person_id
      and mine.valid_from <= asked.day and (mine.valid_to is null or mine.valid_to >= asked.day)
      and theirs.valid_from <= asked.day and (theirs.valid_to is null or theirs.valid_to >= asked.day)
) as is_team
from asked, own
""")
_INSIDE_NOW = text("""
select unit_code from unit where unit_code = any(:codes) and path && cast(:units as text[])
""")


async def judged(session: AsyncSession, reader: Caller, asked: Sequence[Asked]) -> list[bool]:
    """Whether the reader may see each of the events; False for whoever and whatever is not known."""
    asked = await _of_today(session, asked)
    known = await _known(session, reader, asked)
    return [known.may_see(item) for item in asked]


async def _of_today(session: AsyncSession, asked: Sequence[Asked]) -> list[Asked]:
    """The events as of whose they are now: what was of a record that was merged is of the other."""
    among = sa.literal(list({item.person for item in asked if item.person is not None}), ARRAY(sa.Uuid()))
    merged = sa.select(person.c.person_id, person.c.merged_into).where(
        person.c.person_id == sa.any_(among), person.c.merged_into.is_not(None)
    )
    whose = {UUID(str(row[0])): UUID(str(row[1])) for row in await session.execute(merged)}
    return [item if item.person not in whose else replace(item, person=whose[item.person]) for item in asked]


class _Known:
    """What was looked up about one question."""

    def __init__(self, reader: Caller, *, country: bool) -> None:
        self.reader = reader
        self.country = country
        self.ways: dict[str, dict[UUID, frozenset[Way]]] = {}
        self.related: dict[tuple[UUID, date], frozenset[Reach]] = {}
        self.inside: set[Place] = set()
        self.inside_now: set[str] = set()
        self.own: set[UUID] = set()

    def may_see(self, item: Asked) -> bool:
        if item.right not in rights.RIGHTS:
            return False
        if item.person is not None:
            return self._person(item, item.person)
        if item.units:
            now = any(unit in self.inside_now for unit in item.units)
            return may_see_unit(
                item.right, self.reader.roles, now=now, then=self._inside(item.units, item.day)
            )
        return may_see_anywhere(item.right, self.reader.roles, country=self.country)

    def _person(self, item: Asked, who: UUID) -> bool:
        now = self.ways.get(item.right, {}).get(who, frozenset())
        then = self.related.get((who, item.day), frozenset())
        related = then | self.related.get((who, clock.today()), frozenset())
        ways = frozenset((role, reach) for role, reach in now if self._reached(role, reach, item, who, then))
        return may_see_person(item.right, Moments(now=now, then=ways, related=related))

    def _reached(self, role: str, reach: Reach, item: Asked, who: UUID, then: frozenset[Reach]) -> bool:
        """Whether a way that is open today was open on the day; `then` are the relations of that day."""
        if reach is not Reach.UNITS:
            return reach in then
        if role != KEEPER:
            return self._inside(item.units, item.day)
        return self._inside(item.keeping, item.day) or (
            not item.keeping and (self.country or who in self.own)
        )

    def _inside(self, units: Iterable[str], day: date) -> bool:
        return any((unit, day) in self.inside for unit in units)


async def _known(session: AsyncSession, reader: Caller, asked: Sequence[Asked]) -> _Known:
    country = await session.scalar(sa.select(access.everywhere(reader)))
    known = _Known(reader, country=bool(country))
    people: dict[str, set[UUID]] = defaultdict(set)
    for item in asked:
        if item.person is not None and item.right in rights.RIGHTS and rights.reaches(reader, item.right):
            people[item.right].add(item.person)
    for right, ids in people.items():
        known.ways[right] = await _ways(session, reader, right, ids)
    everybody = set().union(*people.values())
    if everybody:
        known.related = await _related(session, reader, asked, everybody)
        nowhere = {item.person for item in asked if item.person is not None and not item.keeping}
        known.own = await _recorded(session, reader, nowhere)
    await _places(session, reader, asked, known)
    return known


async def _ways(
    session: AsyncSession, reader: Caller, right: str, ids: Iterable[UUID]
) -> dict[UUID, frozenset[Way]]:
    """In which ways the reader may read each person today."""
    ways = await access.ways(session, reader, right)
    columns = [condition.label(f"way_{place}") for place, (_, _, condition) in enumerate(ways)]
    among = person.c.person_id == sa.any_(sa.literal(list(ids), ARRAY(sa.Uuid())))
    rows = await session.execute(sa.select(person.c.person_id, *columns).where(among))
    return {
        row[0]: frozenset(
            (role, reach) for (role, reach, _), holds in zip(ways, row[1:], strict=True) if holds
        )
        for row in rows
    }


async def _related(
    session: AsyncSession, reader: Caller, asked: Sequence[Asked], everybody: set[UUID]
) -> dict[tuple[UUID, date], frozenset[Reach]]:
    """Who was the reader's own person or team, on the days of the events and today."""
    pairs = {(item.person, item.day) for item in asked if item.person is not None}
    pairs |= {(who, clock.today()) for who in everybody}
    ids, days = zip(*pairs, strict=True)
    rows = await session.execute(
        _RELATED, {"key": reader.subject_key, "people": list(ids), "days": list(days)}
    )
    return {
        (row.person_id, row.day): frozenset(
            reach for reach, holds in ((Reach.SELF, row.is_self), (Reach.TEAM, row.is_team)) if holds
        )
        for row in rows
    }


async def _recorded(session: AsyncSession, reader: Caller, ids: Iterable[UUID]) -> set[UUID]:
    """Those of the people whom the reader's source systems recorded."""
    among = person.c.person_id == sa.any_(sa.literal(list(ids), ARRAY(sa.Uuid())))
    return set(await session.scalars(sa.select(person.c.person_id).where(among, people_of_own(reader))))


async def _places(session: AsyncSession, reader: Caller, asked: Sequence[Asked], known: _Known) -> None:
    """Which of the units were inside the reader's on the day, and which are today."""
    pairs = sorted({(unit, item.day) for item in asked for unit in (*item.units, *item.keeping)})
    if not pairs or not reader.units:
        return
    codes, days = zip(*pairs, strict=True)
    units = list(reader.units)
    rows = await session.execute(_INSIDE, {"codes": list(codes), "days": list(days), "units": units})
    known.inside = {(row.named, row.day) for row in rows}
    now = await session.scalars(_INSIDE_NOW, {"codes": list(set(codes)), "units": units})
    known.inside_now = set(now)
