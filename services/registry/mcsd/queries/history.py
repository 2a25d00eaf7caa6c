"""Histories (ITI-91): the versions of all resources of a kind, newest first, what was taken away among them.

The first page looks up to which position changes have their place; all pages end there, so that what is written
meanwhile moves nothing. A page looks at so many changes at most: one of a caller who sees few of them may have
fewer entries than were asked for, or none, and still a next one.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import resources_of_regions as of_regions
from services.registry.mcsd import terms
from services.registry.mcsd.history_request import History, Place
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import units_of_regions as regional
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.versions import TABLES, stored
from services.registry.mcsd.queries.visible import Resource
from services.registry.mcsd.queries.visible import shown as shown_now
from services.registry.tables.resource_changes import resource_change, shortened_history
from shared.errors import FieldError, Gone

ROWS = 20  # of the list of changes, a thousand records each, that a page looks at
SLICE = 500  # records whose versions are read at once


class Change(NamedTuple):
    """A record or resource that has had a version since."""

    table: str
    place: Place
    key: Any
    version: int
    deleted: bool
    settled_at: datetime


class Page(NamedTuple):
    """Entries, where the next page begins, and up to when everything is in the pages."""

    entries: list[Resource]
    after: Place | None
    until: datetime | None


async def changes(session: AsyncSession, kind: str, wanted: History, asked: Asked) -> Page:
    """One page of the history of a kind of resource. Raises Gone `history-shortened`."""
    if wanted.since is not None:
        await _reaches(session, wanted.since)
    last = await _last(session, wanted)
    if last is None:
        return Page([], None, None)
    place = wanted.after or Place(last[0], last[0] + 1, 0)
    rows = await _rows(session, kind, place, wanted.since, asked)
    entries: list[Resource] = []
    listed = list(_listed(rows[:ROWS], place))
    for start in range(0, len(listed), SLICE):
        piece = listed[start : start + SLICE]
        found = await _entries(session, kind, piece, asked)
        for number, each in enumerate(piece):
            if number in found:
                entries.append(found[number])
                if len(entries) == wanted.count:
                    return Page(entries, _further(each, listed, rows), last[1])
    after = Place(place.until, rows[ROWS - 1]["position"], 0) if len(rows) > ROWS else None
    return Page(entries, after, last[1])


async def _entries(
    session: AsyncSession, kind: str, piece: list[Change], asked: Asked
) -> dict[int, Resource]:
    """The entries of changes, by their places; without those that the caller may not see."""
    theirs = {number: each for number, each in enumerate(piece) if each.table == of_regions.TABLE}
    records = {
        number: each for number, each in enumerate(piece) if number not in theirs and each.table != kind
    }
    others = {number: each for number, each in enumerate(piece) if each.table == kind}
    found: dict[int, Resource] = {}
    if records:
        pairs = [(each.key, each.version) for each in records.values()]
        rows = await stored(session, kind, pairs, asked)
        for place, (number, each) in enumerate(records.items()):
            if place in rows and (made := _entry(kind, rows[place], each)) is not None:
                found[number] = made
    shown = await directory.versions(session, kind, [(each.key, each.version) for each in others.values()])
    for place, (number, each) in enumerate(others.items()):
        if place in shown:
            found[number] = entry(kind, shown[place], each.key, each.version, each.settled_at)
    units = await regional.versions(session, [(each.key, each.version) for each in theirs.values()])
    for place, (number, each) in enumerate(theirs.items()):
        if place in units:
            unit = None if units[place]["withdrawn"] else regional.shown(kind, units[place])
            found[number] = entry(kind, unit, each.key, each.version, each.settled_at)
    return found


def _further(each: Change, listed: list[Change], rows: list[Any]) -> Place | None:
    return each.place if each is not listed[-1] or len(rows) > ROWS else None


async def _reaches(session: AsyncSession, since: datetime) -> None:
    until = await session.scalar(sa.select(shortened_history.c.until))
    if until is not None and since <= until:
        detail = (
            "Not every version since then is listed. Ask without _since, then since the time of the answer."
        )
        error = FieldError("/query/_since", "history-shortened", detail)
        raise Gone("history-shortened", "The history does not go back so far.", [error])


async def _last(session: AsyncSession, wanted: History) -> tuple[int, datetime] | None:
    """The position at which the pages end, and its time."""
    table = resource_change.c
    select = sa.select(table.position, table.settled_at).where(table.position.is_not(None))
    if wanted.after is not None:
        select = select.where(table.position <= wanted.after.until)
    row = (await session.execute(select.order_by(table.position.desc()).limit(1))).one_or_none()
    return None if row is None else (row.position, row.settled_at)


async def _rows(
    session: AsyncSession, kind: str, place: Place, since: datetime | None, asked: Asked
) -> list[Any]:
    listed = resource_change.c
    tables = [TABLES[kind]] if kind in TABLES else []
    if kind in terms.OF_DIRECTORY:
        tables.append(kind)
    if regional.are_shown(kind, asked):
        tables.append(of_regions.TABLE)
    before = listed.position < place.position
    if place.ordinal:
        before = listed.position <= place.position
    select = sa.select(resource_change).where(listed.kind.in_(tables), listed.position <= place.until, before)
    if since is not None:
        select = select.where(listed.settled_at >= since)
    found = await session.execute(select.order_by(listed.position.desc()).limit(ROWS + 1))
    return list(found.mappings())


def _listed(rows: list[Any], place: Place) -> Iterator[Change]:
    """The records of rows, the newest first; of the row in which the page before ended only what is left."""
    for row in rows:
        keys = row["codes"] if row["ids"] is None else row["ids"]
        ordinals = row["ordinals"] or range(len(keys))
        for key, version, ordinal in reversed(list(zip(keys, row["versions"], ordinals, strict=True))):
            if row["position"] == place.position and ordinal + 1 >= place.ordinal:
                continue
            at = Place(place.until, row["position"], ordinal + 1)
            yield Change(row["kind"], at, key, version, row["deleted"], row["settled_at"])


def _entry(kind: str, row: Any, change: Change) -> Resource | None:
    if kind == terms.AFFILIATED and row["parent"] is None:
        return None  # the root is affiliated with nobody
    if row["withdrawn"] and row["stored"] == row["version"]:
        return entry(kind, None, _id(kind, change.key), change.version, change.settled_at)
    if change.deleted:
        return None
    shown = shown_now(kind, row)
    return entry(kind, shown, shown["id"], change.version, change.settled_at)


def entry(kind: str, shown: Resource | None, id_: str, version: int, at: datetime) -> Resource:
    """An entry of a history; None for what is shown: it was taken away."""
    method, status = ("PUT", "200") if version > 1 else ("POST", "201")
    if shown is None:
        method, status = "DELETE", "204"
    moment = at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    resource = {} if shown is None else {"resource": shown}
    request = {"method": method, "url": f"{kind}/{id_}"}
    tag = {} if shown is None else {"etag": f'W/"{version}"'}
    return {**resource, "request": request, "response": {"status": status, **tag, "lastModified": moment}}


def _id(kind: str, key: Any) -> str:
    return terms.id_of_unit(key) if kind in terms.OF_UNITS else str(key)
