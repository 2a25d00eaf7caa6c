"""Reads of releases: those of this instance, and at a hub those that its regions sent."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from shared.auth import rights
from shared.auth.caller import Caller
from shared.disclosure import readable
from shared.errors import FieldError, Forbidden, NotFound
from shared.federation import regional_tables
from shared.http.paging import Page, page
from shared.releases import tables

_DOCUMENT = frozenset({"document", "forest"})  # what a page leaves out: the one is long, the other ours


class Key(NamedTuple):
    """The name of a release, of one region where several have one."""

    cube: str
    period: str
    number: int


class Document(NamedTuple):
    """A document in its canonical form, with the SHA-256 of it in hexadecimal digits."""

    text: str
    digest: str


async def require_reader(session: AsyncSession, caller: Caller, everybody: str) -> None:
    """Pass who reads everybody of this instance one by one, or nobody. Raises Forbidden `release-withheld`.

    A document has all published cells. Who reads some of their people otherwise could subtract these, and gets
    less of it elsewhere (`shared.disclosure.readers`). The right `everybody` opens all people of a unit, so with
    the root there is no one left to be found out.
    """
    if rights.reaches(caller, everybody) and await readable.everywhere(session, caller):
        return
    if readable.by_role(caller) or await readable.people(session, caller):
        detail = (
            "You read some people of these documents one by one: what is left could tell of a few others."
        )
        raise Forbidden("release-withheld", detail)


async def releases(
    session: AsyncSession, wanted: Page, filters: Mapping[str, str | None], region: str | None
) -> dict[str, Any]:
    """One page of releases without their documents, the newest last; with a `region`, of what it sent."""
    table = _table(region)
    select = sa.select(*(column for column in table.c if column.name not in _DOCUMENT)).where(
        *_of(table, region)
    )
    for name, value in filters.items():
        if value is not None:
            select = select.where(table.c[name] == value)
    keys = [table.c[name] for name in ("as_of", *Key._fields)]
    return await page(session, select, keys, wanted)


async def document(session: AsyncSession, key: Key, region: str | None) -> Document:
    """A release as it was made. Raises NotFound `release-unknown`."""
    table = _table(region)
    named = [table.c[name] == value for name, value in key._asdict().items()]
    select = sa.select(table.c.document, table.c.digest).where(*_of(table, region), *named)
    row = (await session.execute(select)).one_or_none()
    if row is not None:
        return Document(*row)
    others = sa.select(sa.func.bool_or(named[1]), sa.func.bool_or(sa.true())).where(
        *_of(table, region), named[0]
    )
    same_period, same_cube = (await session.execute(others)).one()
    wrong = "number" if same_period else "period" if same_cube else "cube"
    error = FieldError(f"/path/{wrong}", "release-unknown", "There is no release of it.")
    raise NotFound("release-unknown", "There is no such release.", [error])


def _table(region: str | None) -> sa.Table:
    return tables.release if region is None else regional_tables.release


def _of(table: sa.Table, region: str | None) -> list[sa.ColumnElement[bool]]:
    return [] if region is None else [table.c.region == region]
