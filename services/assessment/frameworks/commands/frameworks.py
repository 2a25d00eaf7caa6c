"""Framework versions: drafted, changed, published once and for ever."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks import languages, overlays, publication_rules
from services.assessment.frameworks.commands import role_profiles as profiles
from services.assessment.tables.frameworks import framework_version
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound
from shared.events.assessment import FrameworkContent, FrameworkPublished
from shared.events.framework import COMPETENCIES, LEVELS
from shared.messaging import outbox

Row = sa.RowMapping
Content = Mapping[str, Any]

FORMAT = 1  # of content as it is published: raised by a change that earlier software cannot work with


async def locked(session: AsyncSession, code: str, number: int) -> Row | None:
    """One version, locked for a change; None when there is none yet."""
    query = sa.select(framework_version).where(_is(code, number)).with_for_update()
    return (await session.execute(query)).mappings().one_or_none()


async def create(session: AsyncSession, code: str, number: int, content: Content) -> Row:
    """Store a new draft. Raises Conflict `framework-exists` when another came first."""
    values = {"framework_code": code, "framework_version": number, "state": "draft", **_written(content)}
    statement = insert(framework_version).values(values).on_conflict_do_nothing()
    made = await session.execute(statement.returning(framework_version))
    row: Row | None = made.mappings().one_or_none()
    if row is None:
        raise Conflict("framework-exists", "Somebody else has just made this version.")
    return row


async def change(session: AsyncSession, row: Row, content: Content) -> Row:
    """Replace the content of a locked draft. Raises Conflict `framework-published`."""
    if row["state"] == "published":
        raise Conflict("framework-published", "A published version is immutable; make the next one.")
    return await _update(session, row, _written(content))


async def publish(session: AsyncSession, row: Row) -> Row:
    """Make a locked draft immutable and usable, and say so.

    Raises Conflict `framework-published` and `framework-superseded` (a later version of the code is
    published already), Invalid `framework-invalid` with a pointer to each field that is wrong.
    """
    code, number = row["framework_code"], row["framework_version"]
    if row["state"] == "published":
        raise Conflict("framework-published", f"Version {number} of {code} is published already.")
    before = await _newest(session, code)
    if before is not None and before["framework_version"] > number:
        raise Conflict("framework-superseded", f"Version {before['framework_version']} is published already.")
    resolved = await resolve(session, document(row))
    errors = publication_rules.successor_problems(resolved, before["resolved"]) if before is not None else []
    if errors:
        raise _invalid(errors)
    now = clock.now()
    changed = await _update(
        session, row, {"state": "published", "resolved": resolved, "published_at": now, "changed_at": now}
    )
    await _announce(session, [changed])
    return changed


async def resend(session: AsyncSession) -> None:
    """Put all published versions into the outbox again, in order; in a region they go nowhere."""
    published = sa.select(framework_version).where(framework_version.c.state == "published")
    order = (framework_version.c.published_at, framework_version.c.core_code.is_not(None))
    await _announce(session, (await session.execute(published.order_by(*order))).mappings().all())


def item_codes(resolved: Content) -> list[str]:
    """The codes of a resolved version, also of items that are not asked."""
    return [item["code"] for item in (*resolved["items"], *resolved["disabled"])]


def document(row: Row) -> dict[str, Any]:
    """What was written of a version, with its address."""
    return {**row["content"], "code": row["framework_code"], "version": row["framework_version"]}


async def _announce(session: AsyncSession, rows: Sequence[Row]) -> None:
    role_profiles = await profiles.published(session)
    events = [
        FrameworkPublished(
            framework_code=row["framework_code"],
            framework_version=row["framework_version"],
            languages=row["resolved"]["languages"],
            competencies=list(COMPETENCIES),
            item_codes=item_codes(row["resolved"]),
            content=FrameworkContent(
                format=FORMAT,
                published_at=row["published_at"],
                document=document(row),
                role_profiles=role_profiles,
            ),
        )
        for row in rows
    ]
    entries = [(event, event.framework_code, event.framework_version) for event in events]
    await outbox.add_many(session, entries)


async def superseded(session: AsyncSession, code: str, number: int) -> bool:
    """Whether a later version of the code is published."""
    newest = await _newest(session, code)
    return newest is not None and bool(newest["framework_version"] > number)


async def resolve(session: AsyncSession, content: Content) -> dict[str, Any]:
    """The content as it will be asked, checked. Raises Invalid `framework-invalid`."""
    if "framework" not in content:
        errors = publication_rules.problems(content, COMPETENCIES, LEVELS)
        if errors:
            raise _invalid(errors)
        items = sorted(content["items"], key=lambda item: COMPETENCIES.index(item["competency"]))
        return {**content, "languages": languages.offered(content), "items": items, "disabled": []}
    core = await _published(session, content["framework"]["code"], content["framework"]["version"])
    if core is None or core["core_code"] is not None:
        error = FieldError("/framework", "framework-unknown", "It names no published core framework.")
        raise _invalid([error])
    errors = overlays.problems(content, core["resolved"], COMPETENCIES, LEVELS)
    if errors:
        raise _invalid(errors)
    return overlays.resolve(content, core["resolved"], COMPETENCIES)


async def _published(session: AsyncSession, code: str, number: int) -> Row | None:
    query = sa.select(framework_version).where(_is(code, number), framework_version.c.state == "published")
    return (await session.execute(query)).mappings().one_or_none()


async def _newest(session: AsyncSession, code: str) -> Row | None:
    query = sa.select(framework_version).where(
        framework_version.c.framework_code == code, framework_version.c.state == "published"
    )
    newest = query.order_by(framework_version.c.framework_version.desc()).limit(1)
    return (await session.execute(newest)).mappings().one_or_none()


async def _update(session: AsyncSession, row: Row, values: Mapping[str, Any]) -> Row:
    statement = framework_version.update().where(_is(row["framework_code"], row["framework_version"]))
    statement = statement.values(**values, version=framework_version.c.version + 1)
    changed: Row = (await session.execute(statement.returning(framework_version))).mappings().one()
    return changed


def _written(content: Content) -> dict[str, Any]:
    core = content.get("framework", {})
    return {
        "content": content,
        "core_code": core.get("code"),
        "core_version": core.get("version"),
        "changed_at": clock.now(),
    }


def _is(code: str, number: int) -> sa.ColumnElement[bool]:
    return (framework_version.c.framework_code == code) & (framework_version.c.framework_version == number)


def _invalid(errors: list[FieldError]) -> Invalid:
    return Invalid("framework-invalid", "This content cannot be published; see errors.", errors)


def unknown() -> NotFound:
    """There is no such framework version."""
    return NotFound("framework-unknown", "There is no such framework version.")
