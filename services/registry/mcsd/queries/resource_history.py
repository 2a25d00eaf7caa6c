"""The history of one resource, and single versions of it."""

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import terms
from services.registry.mcsd.history_request import History
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import units_of_regions as regional
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.history import Page, entry
from services.registry.mcsd.queries.search import keys_of, unknown
from services.registry.mcsd.queries.versions import TABLES, stored, versions_of
from services.registry.mcsd.queries.visible import Resource
from services.registry.mcsd.queries.visible import shown as shown_now
from shared.errors import Gone

MOST_VERSIONS = 200  # of one resource


async def changes_of(session: AsyncSession, kind: str, id_: str, wanted: History, asked: Asked) -> Page:
    """The history of one resource, its newest versions. Raises NotFound `resource-unknown`."""
    show, rows = shown_now, await _records(session, kind, id_, asked)
    if not rows and regional.are_shown(kind, asked):
        show, rows = regional.shown, await regional.versions_of(session, id_, MOST_VERSIONS)
    entries = []
    for row in rows:
        if wanted.since is None or row["recorded_at"] >= wanted.since:
            shown = None if row["withdrawn"] else show(kind, row)
            entries.append(entry(kind, shown, id_, row["version"], row["recorded_at"]))
    if not rows:
        others = await _others(session, kind, id_, MOST_VERSIONS)
        if not others:
            raise unknown()
        for each in others:
            at = datetime.fromisoformat(each["meta"]["lastUpdated"])
            if wanted.since is None or at >= wanted.since:
                entries.append(entry(kind, each, id_, int(each["meta"]["versionId"]), at))
    return Page(entries[: wanted.count], None, None)


async def _records(session: AsyncSession, kind: str, id_: str, asked: Asked) -> list[Any]:
    keys = keys_of(kind, [id_]) if kind in TABLES else []
    rows = await versions_of(session, kind, keys[0], asked, MOST_VERSIONS) if keys else []
    if kind == terms.AFFILIATED:
        rows = [row for row in rows if row["parent"] is not None]
    return rows


async def _others(session: AsyncSession, kind: str, id_: str, most: int) -> list[Resource]:
    if kind not in terms.OF_DIRECTORY:
        return []
    return await directory.versions_of(session, kind, id_, most)


async def version(session: AsyncSession, kind: str, id_: str, number: str, asked: Asked) -> Resource:
    """One version of a resource. Raises NotFound `resource-unknown`, Gone `resource-deleted`."""
    if not (number.isascii() and number.isdecimal()) or not 0 < int(number[:19]) < 2**62:
        raise unknown()
    keys = keys_of(kind, [id_]) if kind in TABLES else []
    found = await stored(session, kind, [(keys[0], int(number))], asked) if keys else {}
    if 0 not in found or (kind == terms.AFFILIATED and found[0]["parent"] is None):
        if kind in terms.OF_DIRECTORY:
            others = await directory.versions(session, kind, [(id_, int(number))])
            if 0 in others:
                return others[0]
        return await _of_region(session, kind, id_, int(number), asked)
    if found[0]["withdrawn"] and found[0]["stored"] == found[0]["version"]:
        raise gone()
    return shown_now(kind, found[0])


async def _of_region(session: AsyncSession, kind: str, id_: str, number: int, asked: Asked) -> Resource:
    found = await regional.versions(session, [(id_, number)]) if regional.are_shown(kind, asked) else {}
    if 0 not in found:
        raise unknown()
    if found[0]["withdrawn"]:
        raise gone()
    return regional.shown(kind, found[0])


async def was_deleted(session: AsyncSession, kind: str, id_: str, asked: Asked) -> bool:
    """Whether the resource was there and was taken away, as far as the caller may know."""
    if regional.are_shown(kind, asked):
        last = await regional.versions_of(session, id_, 1)
        return bool(last) and last[0]["withdrawn"]
    keys = keys_of(kind, [id_])
    taken_away = kind in (terms.ROLE_OF, terms.PRACTITIONER)
    newest = await versions_of(session, kind, keys[0], asked, 1) if keys and taken_away else []
    return bool(newest) and newest[0]["withdrawn"]


def gone() -> Gone:
    """The refusal of what was taken away."""
    return Gone("resource-deleted", "The resource was taken away; its history has what it was.")
