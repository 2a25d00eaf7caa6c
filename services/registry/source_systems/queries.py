"""Reads of source systems and of the clients that are bound to them; as which one a caller writes."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.choice import POINTER, Records, System, choose, only
from services.registry.tables.identifiers import identified_person, identified_post, person_identifier
from services.registry.tables.people import person, post
from services.registry.tables.source_systems import source_client, source_system
from services.registry.tables.states import Connection
from shared.auth.caller import Caller
from shared.errors import NotFound
from shared.http.paging import Page, page

Condition = sa.ColumnElement[bool]
SHOWN = [source_system.c[name] for name in ("code", "version", "name", "kind", "sends", "retired", "uri")]
SHOWN_OF_CLIENT = [source_client.c[name] for name in ("client_key", "iss", "sub", "recorded_at")]
# Those that the client $1 is bound to, and the one with the code $2.
_SYSTEMS = """
select s.system_id, s.code, s.sends, s.retired, c.client_key is not null
from source_system s left join source_client c on c.system_id = s.system_id and c.client_key = $1
where c.client_key is not null or s.code = $2 order by s.code
"""


class Writer(NamedTuple):
    """In whose name records are written.

    `source` is the id of the source system, `by` the key of the sign-in. `own` has every source whose
    records the caller counts as recorded by itself: the systems that it is bound to, and its own key.
    """

    source: str
    by: str
    own: list[str]


async def writer_of(
    connection: Connection, caller: Caller, named: str | None, records: Records, pointer: str = POINTER
) -> Writer:
    """The writer of records with external ids; `named` is a code of a system, at `pointer`. Raises as `choose`."""
    systems = await _systems(connection, caller, named)
    return _writer(caller, systems, choose(systems, named, records, pointer).system_id)


async def writer_of_one(
    connection: Connection, caller: Caller, named: str | None, records: Records, external_id: str | None
) -> Writer:
    """The writer of one record. Without external id it comes from no system unless it is plain which."""
    systems = await _systems(connection, caller, named)
    if named is None and external_id is None:
        found = only(systems, records)
        return _writer(caller, systems, found.system_id if found else caller.subject_key)
    return _writer(caller, systems, choose(systems, named, records).system_id)


def people_of_own(caller: Caller) -> Condition:
    """Whether a person was recorded by the caller or by a system that it is bound to, or known to such a one."""
    further = person_identifier.c
    known = sa.select(further.value).where(
        further.person_id == person.c.person_id, is_own_system(further.system_id, caller)
    )
    first = is_own_system(person.c.source, caller)
    return sa.or_(person.c.source == caller.subject_key, first, sa.exists(known.correlate(person)))


def people_known_to_own(caller: Caller, code: str | None = None, value: str | None = None) -> Condition:
    """Whether a system that the caller is bound to knows a person: the one of that `code`, under this `value`."""
    known = sa.select(identified_person.c.value).where(
        identified_person.c.person_id == person.c.person_id,
        is_own_system(identified_person.c.system_id, caller, code),
    )
    if value is not None:
        known = known.where(identified_person.c.value == value)
    return sa.exists(known.correlate(person))


def posts_known_to_own(caller: Caller, code: str | None = None, value: str | None = None) -> Condition:
    """As `people_known_to_own`, of a post."""
    known = sa.select(identified_post.c.value).where(
        identified_post.c.post_id == post.c.post_id,
        is_own_system(identified_post.c.system_id, caller, code),
    )
    if value is not None:
        known = known.where(identified_post.c.value == value)
    return sa.exists(known.correlate(post))


def identifiers_of_person(caller: Caller, *, uris: bool = False) -> sa.ColumnElement[Any]:
    """What the systems that the caller is bound to call a person, as a list of system and value; null for none.

    With `uris` the system is its URI where it has one.
    """
    whose = identified_person.c.person_id == person.c.person_id
    return _identifiers(identified_person, whose, caller, uris).correlate(person).label("identifiers")


def identifiers_of_post(
    caller: Caller, table: sa.FromClause = post, *, uris: bool = False
) -> sa.ColumnElement[Any]:
    """As `identifiers_of_person`, of a post; `table` has its id."""
    whose = identified_post.c.post_id == table.c.post_id
    return _identifiers(identified_post, whose, caller, uris).correlate(table).label("identifiers")


def system_name(*, uris: bool) -> sa.ColumnElement[Any]:
    """The code of a source system; with `uris` its URI where it has one."""
    return sa.func.coalesce(source_system.c.uri, source_system.c.code) if uris else source_system.c.code


def _identifiers(view: sa.TableClause, whose: Condition, caller: Caller, uris: bool) -> sa.ScalarSelect[Any]:
    one = sa.func.jsonb_build_object("system", system_name(uris=uris), "value", view.c.value)
    every = sa.func.jsonb_agg(aggregate_order_by(one, source_system.c.code), type_=JSONB)
    select = sa.select(every).join(source_system, source_system.c.system_id == view.c.system_id)
    return select.where(whose, is_own_system(view.c.system_id, caller)).scalar_subquery()


def with_external_id(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row with `identifiers_of_person` or `identifiers_of_post`; `external_id` is the first of them."""
    identifiers = row["identifiers"] or []
    first = identifiers[0]["value"] if identifiers else None
    return {**row, "identifiers": identifiers, "external_id": first}


def is_own_system(system_id: sa.ColumnElement[str], caller: Caller, code: str | None = None) -> Condition:
    """Whether the column has a system that the caller is bound to: any, or the one of that `code` or URI."""
    bound = sa.select(source_client.c.system_id).where(source_client.c.client_key == caller.subject_key)
    if code is not None:
        named = sa.or_(source_system.c.code == code, source_system.c.uri == code)  # a code is no URI
        bound = bound.join(source_system).where(named)
    return system_id.in_(bound)


async def codes_of(session: AsyncSession, caller: Caller) -> list[str]:
    """Codes of the systems that the caller may write as."""
    select = sa.select(source_system.c.code).join(source_client)
    mine = sa.and_(source_client.c.client_key == caller.subject_key, ~source_system.c.retired)
    return list((await session.scalars(select.where(mine).order_by(source_system.c.code))).all())


async def list_systems(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """One page of source systems by code."""
    return await page(session, sa.select(*SHOWN), [source_system.c.code], wanted)


async def get_system(session: AsyncSession, code: str) -> dict[str, Any]:
    """One source system. Raises NotFound `source-system-unknown`."""
    found = await session.execute(sa.select(*SHOWN).where(source_system.c.code == code))
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("source-system-unknown", "There is no such source system.")
    return dict(row)


async def list_clients(session: AsyncSession, code: str, wanted: Page) -> dict[str, Any]:
    """One page of the clients bound to a system, by key. Raises NotFound `source-system-unknown`."""
    await get_system(session, code)
    select = sa.select(*SHOWN_OF_CLIENT).join(source_system).where(source_system.c.code == code)
    return await page(session, select, [source_client.c.client_key], wanted)


async def _systems(connection: Connection, caller: Caller, named: str | None) -> list[System]:
    rows = await connection.fetch(_SYSTEMS, caller.subject_key, named)
    return [System(row[0], row[1], frozenset(row[2]), row[3], row[4]) for row in rows]


def _writer(caller: Caller, systems: list[System], source: str) -> Writer:
    own = [system.system_id for system in systems if system.bound]
    return Writer(source, caller.subject_key, [*own, caller.subject_key])
