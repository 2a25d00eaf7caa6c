"""The two records of a merge: locked in one order, changed, and read as what JSON can hold."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import merged_into
from services.registry.source_systems.commands import share_imports
from services.registry.tables.identifiers import former_identifier, identified_person
from services.registry.tables.merged_people import person_merge
from services.registry.tables.people import person, subject
from services.registry.tables.states import Connection, person_states
from shared import clock
from shared.database.engine import lock
from shared.errors import Forbidden, NotFound
from shared.events.registry import PersonAlias, PersonState

Row = sa.RowMapping

MERGING = "merging people"
_DAYS = ("valid_from", "valid_to", "deactivated_on")
_ALIASES = """
with recursive part as (
    select $1::uuid as person_id
    union select m.merged_id from person_merge m join part on m.survivor_id = part.person_id
    where m.undone_at is null
)
update person p set merged_into = $2, version = version + 1 from part
where p.person_id = part.person_id and p.person_id <> $1 returning p.person_id, p.version
"""


async def lock_both(session: AsyncSession, one: UUID, other: UUID) -> tuple[Row, Row]:
    """Rows of two people, locked with all that are part of them: after loads of the systems that know them.

    Raises NotFound `person-unknown`.
    """
    pair = [one, other]
    await hold_up_imports(session, pair)
    rows = await lock_whole(session, pair)
    if not {str(each) for each in pair} <= rows.keys():
        raise NotFound("person-unknown", "There is no such person, or none that you may see.")
    return rows[str(one)], rows[str(other)]


async def hold_up_imports(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Wait for loads of the systems that know the people: one that has looked already would bring them back.

    Before any row is locked: loads lock rows, too.
    """
    systems = sa.union(
        *(
            sa.select(known.c.system_id).where(known.c.person_id.in_(people))
            for known in (identified_person, former_identifier)
        )
    )
    for system in sorted(await session.scalars(systems)):
        await share_imports(session, system)


async def lock_whole(session: AsyncSession, people: Sequence[UUID]) -> dict[str, Row]:
    """Rows of people, and of all that are part of them, by id: locked in order, behind one lock of all merges.

    A merge changes every record of a chain, of which the next one has others: in order of ids alone, two of them
    would wait for each other. Until the transaction ends nobody else merges or parts anybody.
    """
    await lock(session, MERGING)
    whole = sa.or_(person.c.person_id.in_(people), person.c.person_id.in_(parts_of(people)))
    select = sa.select(person).where(whole).order_by(person.c.person_id).with_for_update()
    return {str(row["person_id"]): row for row in (await session.execute(select)).mappings()}


def parts_of(people: Sequence[UUID]) -> sa.Select[tuple[UUID]]:
    """The ids of all records that are part of these, by one merge or several."""
    merge = person_merge.c
    lasting = sa.select(merge.merged_id).where(merge.undone_at.is_(None))
    part = lasting.where(merge.survivor_id.in_(people)).cte("part", recursive=True)
    part = part.union(lasting.join(part, merge.survivor_id == part.c.merged_id))
    return sa.select(part.c.merged_id)


def require_unmerged(row: Row) -> None:
    """Raises Gone `person-merged` where the locked record is part of another one."""
    if row["merged_into"] is not None:
        raise merged_into(row["merged_into"])


async def refuse_own(session: AsyncSession, by: str, people: Iterable[UUID]) -> None:
    """Raises Forbidden `own-record` where one is the caller's own: they would read what is told to the other."""
    own = await session.scalar(sa.select(subject.c.person_id).where(subject.c.subject_key == by))
    if own is not None and str(own) in {str(each) for each in people}:
        raise Forbidden("own-record", "Somebody else decides whether a record is also yours.")


async def alias(connection: Connection, person_id: UUID, into: UUID | None) -> list[PersonAlias]:
    """Let a record, and all that are part of it, be part of `into`; None: of none, the others of this one.

    Returns what is published of them; the record itself has the version that the caller gave it.
    """
    rows = await connection.fetch(_ALIASES, person_id, into or person_id)
    version = await connection.fetchval("select version from person where person_id = $1", person_id)
    mine = PersonAlias(person_id=str(person_id), version=version, merged_into=str(into) if into else None)
    others = [
        PersonAlias(person_id=str(row[0]), version=row[1], merged_into=str(into or person_id))
        for row in sorted(rows, key=lambda row: row[0])
    ]
    return [mine, *others]


async def states(connection: Connection, ids: Iterable[UUID]) -> list[PersonState]:
    """Both people as they are published."""
    return await person_states(connection, list(ids), clock.today())


async def merge_of(session: AsyncSession, survivor_id: UUID, merged_id: UUID) -> Row:
    """The newest merge of one record into another; it changes under the locks of both alone.

    Raises NotFound `merge-unknown`.
    """
    mine = sa.and_(person_merge.c.survivor_id == survivor_id, person_merge.c.merged_id == merged_id)
    select = sa.select(person_merge).where(mine).order_by(person_merge.c.merge_id.desc()).limit(1)
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("merge-unknown", "The one was never merged into the other, or you may not see it.")
    return row


def plain(values: Mapping[Any, Any], names: Iterable[str]) -> dict[str, Any]:
    """Columns of a row as JSON holds them: days and ids as text."""
    return {name: _text(values[name]) for name in names}


def stored(values: Mapping[str, Any]) -> dict[str, Any]:
    """What `plain` made, as columns take it."""
    return {
        name: date.fromisoformat(value) if name in _DAYS and value else value
        for name, value in values.items()
    }


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, date | UUID) else value
