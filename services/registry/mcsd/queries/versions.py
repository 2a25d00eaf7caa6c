"""Every version of a resource that is stored: the newest in the live row, earlier ones beside it.

A version may be raised without a row of its own, such as a person's by a new post. Then it says what the next
stored one says, and is shown so. Identifiers have no versions: they are those of today.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import sees_people
from services.registry.mcsd import terms
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.visible import sent_of
from services.registry.mcsd.queries.wanted_versions import wanted_versions
from services.registry.source_systems.queries import identifiers_of_person, identifiers_of_post
from services.registry.tables.people import person, person_version, post, post_version
from services.registry.tables.units import unit, unit_version
from services.registry.units.queries import identifiers_of_unit
from shared.auth import rights


class Stored(NamedTuple):
    """Where the versions of a kind are: the column of the key, and all of them as rows."""

    key: str
    every: sa.Subquery


def _union(key: str, live: sa.FromClause, earlier: sa.FromClause) -> Stored:
    names = [column.name for column in earlier.c if column.name not in ("recorded_by", "withdrawn")]
    withdrawn = earlier.c.withdrawn if "withdrawn" in earlier.c else sa.false()
    merged = live.c.merged_into.is_not(None) if "merged_into" in live.c else sa.false()
    parts = (
        sa.select(*(live.c[name] for name in names), merged.label("withdrawn")),
        sa.select(*(earlier.c[name] for name in names), withdrawn.label("withdrawn")),
    )
    return Stored(key, sa.union_all(*parts).subquery("every"))


STORED = {
    "unit": _union("unit_code", unit, unit_version),
    "person": _union("person_id", person, person_version),
    "post": _union("post_id", post, post_version),
}
TABLES = {
    **dict.fromkeys(terms.OF_UNITS, "unit"),
    terms.PRACTITIONER: "person",
    terms.ROLE_OF: "post",
}


async def stored(
    session: AsyncSession, kind: str, pairs: Sequence[tuple[Any, int]], asked: Asked
) -> dict[int, Any]:
    """By the place of a pair of key and version, its row where the caller may see it.

    The row has the version that is asked for, and `stored`, the one that says the same.
    """
    table = TABLES[kind]
    key, every = STORED[table]
    wanted = wanted_versions(pairs, every.c[key].type)
    of_version = (
        sa.select(every)
        .where(every.c[key] == wanted.c.key, every.c.version >= wanted.c.version)
        .order_by(every.c.version)
        .limit(1)
        .lateral("of_version")
    )
    rest = [column for column in of_version.c if column.name != "version"]
    columns: list[sa.ColumnElement[Any]] = [
        wanted.c.place,
        wanted.c.version,
        of_version.c.version.label("stored"),
        *rest,
    ]
    source = wanted.join(of_version, sa.true())
    columns.append(sent_of(kind, of_version.c[key]))
    rows = await session.execute(await _seen(session, table, columns, source, of_version, asked))
    return {row["place"] - 1: row for row in rows.mappings()}


async def versions_of(session: AsyncSession, kind: str, key: Any, asked: Asked, most: int) -> list[Any]:
    """The newest `most` stored versions of one resource, newest first; none where the caller may not see it."""
    table = TABLES[kind]
    name, every = STORED[table]
    newest = sa.select(every).where(every.c[name] == key).order_by(every.c.version.desc()).limit(most)
    row = newest.subquery("newest")
    columns = [*row.c, sent_of(kind, row.c[name])]
    select = await _seen(session, table, columns, row, row, asked)
    rows = await session.execute(select.order_by(row.c.version.desc()))
    return list(rows.mappings())


async def _seen(
    session: AsyncSession,
    table: str,
    columns: list[sa.ColumnElement[Any]],
    source: sa.FromClause,
    row: sa.FromClause,
    asked: Asked,
) -> sa.Select[Any]:
    """Of the versions in `row`, part of `source`, those that the caller may see, with identifiers of today."""
    if table == "unit":
        rights.require(asked.caller, "unit.read")
        return sa.select(*columns, identifiers_of_unit(row, uris=True)).select_from(source)
    rights.require(asked.caller, "person.read" if table == "person" else "post.read")
    # Who was merged is seen, as taken away, by those who see the record that theirs is part of now.
    live = person.alias("live")
    source = source.join(live, live.c.person_id == row.c.person_id)
    source = source.join(person, person.c.person_id == sa.func.coalesce(live.c.merged_into, live.c.person_id))
    seen = await sees_people(session, asked.caller)
    if table == "person":
        return (
            sa.select(*columns, identifiers_of_person(asked.caller, uris=True))
            .select_from(source)
            .where(seen)
        )
    return (
        sa.select(*columns, identifiers_of_post(asked.caller, row, uris=True)).select_from(source).where(seen)
    )
