"""Reading frameworks, instruments and role profiles."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.languages import chain, localised, offered
from services.assessment.scoring.reliable_change import item_mark
from services.assessment.tables.frameworks import framework_version, role_profile
from shared.auth import rights
from shared.auth.caller import Caller
from shared.directory import authorization
from shared.errors import NotFound
from shared.events.framework import COMPETENCIES
from shared.http.paging import Page, page

CORE = "steward-core"
_SUMMARY = (
    "framework_code",
    "framework_version",
    "state",
    "core_code",
    "core_version",
    "version",
    "published_at",
)

_CACHED = 64  # versions; one takes about 200 KB
_published: dict[tuple[str, int], Mapping[str, Any]] = {}


async def versions(
    session: AsyncSession, wanted: Page, code: str | None = None, state: str | None = None
) -> dict[str, Any]:
    """One page of framework versions without their content."""
    columns = [framework_version.c[name] for name in _SUMMARY]
    query = sa.select(*columns, framework_version.c.content["name"].label("name"))
    if code is not None:
        query = query.where(framework_version.c.framework_code == code)
    if state is not None:
        query = query.where(framework_version.c.state == state)
    return await page(session, query, columns[:2], wanted)


async def version(session: AsyncSession, code: str, number: int) -> sa.RowMapping:
    """One framework version. Raises NotFound `framework-unknown`."""
    query = sa.select(framework_version).where(
        framework_version.c.framework_code == code, framework_version.c.framework_version == number
    )
    row = (await session.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("framework-unknown", "There is no such framework version.")
    return row


async def published(session: AsyncSession, code: str, number: int | None) -> Mapping[str, Any]:
    """The resolved content of a published version, the newest when `number` is None.

    Cached per process, since it never changes. Raises NotFound `framework-unknown`.
    """
    if number is None:
        newest = sa.select(sa.func.max(framework_version.c.framework_version))
        newest = newest.where(
            framework_version.c.framework_code == code, framework_version.c.state == "published"
        )
        number = await session.scalar(newest)
    if number is not None and (code, number) in _published:
        return _published[code, number]
    query = sa.select(framework_version.c.resolved).where(
        framework_version.c.framework_code == code, framework_version.c.framework_version == number
    )
    content = await session.scalar(query)
    if content is None or number is None:
        raise NotFound("framework-unknown", "There is no such published framework version.")
    if len(_published) >= _CACHED:
        _published.clear()
    _published[code, number] = {**content, "languages": offered(content)}
    return _published[code, number]


async def item_marks(session: AsyncSession, code: str, number: int, level: str) -> list[str]:
    """Per competency a mark of the items that a published version asks at a level."""
    items = [item for item in (await published(session, code, number))["items"] if item["level"] == level]
    return [
        item_mark(item["code"] for item in items if item["competency"] == competency)
        for competency in COMPETENCIES
    ]


def instrument(content: Mapping[str, Any], level: str, languages: Sequence[str]) -> dict[str, Any]:
    """A level's instrument: its items in the order in which ratings are sent, and how to ask them."""
    order = chain(languages, content["languages"], content["default_language"])
    names = {part["code"]: part["name"] for part in content["competencies"]}
    fixed = ("scale", "stems", "relevance", "rater_categories")
    asked = [item for item in content["items"] if item["level"] == level]
    body = {
        "framework_code": content["code"],
        "framework_version": content["version"],
        "level": level,
        "language": order[0],
        "languages": content["languages"],
        **{name: content[name] for name in fixed if name in content},
        "competencies": [{"code": code, "name": names[code]} for code in COMPETENCIES],
        "items": [
            {
                name: item[name]
                for name in ("code", "competency", "theme", "text", "self_text")
                if name in item
            }
            for item in asked
        ],
    }
    result: dict[str, Any] = localised(body, order)
    return result


def view(row: sa.RowMapping, tags: Sequence[str]) -> tuple[dict[str, Any], str | None]:
    """A framework version as shown, and the language of its texts; None: all languages as maps."""
    content = dict(row["resolved"] or row["content"])
    if row["resolved"]:
        content["languages"] = offered(content)
    language = None
    if tags:
        order = chain(tags, offered(content), content.get("default_language", "en"))
        language = order[0]
        content = localised(content, order)
    return {**{name: row[name] for name in _SUMMARY}, "content": content}, language


async def profiles(
    session: AsyncSession, wanted: Page, level: str | None, setting: str | None
) -> dict[str, Any]:
    """One page of role profiles."""
    query = sa.select(role_profile)
    if level is not None:
        query = query.where(role_profile.c.level == level)
    if setting is not None:
        query = query.where(role_profile.c.setting == setting)
    found = await page(session, query, [role_profile.c.role_code], wanted)
    return {**found, "items": [profile_view(item) for item in found["items"]]}


async def profile(session: AsyncSession, role_code: str) -> sa.RowMapping:
    """One role profile. Raises NotFound `role-profile-unknown`."""
    query = sa.select(role_profile).where(role_profile.c.role_code == role_code)
    row = (await session.execute(query)).mappings().one_or_none()
    if row is None:
        raise NotFound("role-profile-unknown", "Nobody has written a profile for this role.")
    return row


def profile_view(row: Mapping[str, Any]) -> dict[str, Any]:
    """A role profile as shown: targets in points of the scale, by competency code."""
    shown = ("role_code", "level", "setting", "name", "overridden", "version")
    return {**{name: row[name] for name in shown}, "profile": by_competency(row)}


def by_competency(row: Mapping[str, Any]) -> dict[str, Any]:
    """Targets, in points of the scale, and weights of a profile by competency code."""
    return {
        code: {"target": row["targets"][place] / 100, "weight": row["weights"][place]}
        for place, code in enumerate(COMPETENCIES)
    }


def require_reader(caller: Caller) -> None:
    """Pass with any role: content names nobody. Raises Forbidden `role-missing`."""
    rights.require(caller, "content.read")


async def require_country(session: AsyncSession, caller: Caller) -> None:
    """Pass for ops, and for programme managers of the whole country: content applies to all units.

    Raises Forbidden `role-missing` and `unit-out-of-scope`.
    """
    await authorization.require_country(session, caller, "content.keep")
