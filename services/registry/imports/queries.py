"""Reads of imports: one's own, and those that wait for one's decision."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import inside, keeps_people
from services.registry.source_systems.queries import is_own_system
from services.registry.tables.imports import import_absent, import_absent_post, import_absent_unit, import_run
from services.registry.tables.people import person, post
from services.registry.tables.source_systems import source_system
from services.registry.tables.units import unit
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.errors import Conflict, NotFound
from shared.http.paging import Page, page

_ABSENT = {"people": import_absent, "posts": import_absent_post, "facilities": import_absent_unit}
_KEYS = {"import_absent": "person_id", "import_absent_post": "post_id", "import_absent_unit": "unit_code"}
Condition = sa.ColumnElement[bool]
READ, DECIDE = "import.read", "import.decide"
SILENT_FOR = timedelta(minutes=1)  # without progress an import is not under way any more
COUNTS = ("created", "updated", "unchanged", "held", "rejected_count", "absent_count", "deactivated")
_SHOWN = (
    "import_id", "kind", "dry_run", "full_list", "state", "started_at", "seen_at", "ended_at", "received",
    "problem", "absence", "absent_digest", "decided_at",
)  # fmt: skip


async def list_imports(
    session: AsyncSession, caller: Caller, wanted: Page, absence: str | None
) -> dict[str, Any]:
    """One page of imports by id: the caller's own, and those that the caller may decide about."""
    select = _select(caller)
    if absence is not None:
        select = select.where(import_run.c.absence == absence)
    found = await page(session, select, [import_run.c.import_id], wanted)
    return {**found, "items": [_shown(item) for item in found["items"]]}


async def get_import(session: AsyncSession, caller: Caller, import_id: UUID) -> dict[str, Any]:
    """One import. Raises Forbidden `role-missing`, NotFound `import-unknown`."""
    row = (
        (await session.execute(_select(caller).where(import_run.c.import_id == import_id)))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("import-unknown", "There is no such import, or none that you may see.")
    return _shown(row)


async def get_report(session: AsyncSession, caller: Caller, import_id: UUID) -> dict[str, Any]:
    """The report of an import of one's own. Raises as `get_import`, and Conflict `import-running`."""
    rights.require(caller, READ)
    mine = sa.and_(import_run.c.import_id == import_id, _is_own(caller))
    row = (
        await session.execute(sa.select(import_run.c.state, import_run.c.report).where(mine))
    ).one_or_none()
    if row is None:
        raise NotFound("import-unknown", "There is no such import, or none that you may see.")
    if row.report is None:
        raise Conflict("import-without-report", "The import is under way, or ended without a report.")
    report: dict[str, Any] = row.report
    return report


async def list_absent(session: AsyncSession, caller: Caller, import_id: UUID, wanted: Page) -> dict[str, Any]:
    """One page of what would be deactivated: all of it is the caller's. Raises as `get_import`.

    Each has the id of its kind, `person_id`, `post_id` or `unit_code`; the others are None.
    """
    kind = (await get_import(session, caller, import_id))["kind"]
    waiting = _ABSENT.get(kind, import_absent)
    key = _KEYS[waiting.name]
    select = sa.select(*(waiting.c[name] for name in (key, "version", "region")))
    mine = sa.and_(waiting.c.import_id == import_id, _covers(caller))
    select = select.join(import_run, import_run.c.import_id == waiting.c.import_id).where(mine)
    found = await page(session, select, [waiting.c[key]], wanted)
    return {**found, "items": [dict.fromkeys(_KEYS.values()) | dict(item) for item in found["items"]]}


def may_decide(caller: Caller) -> Condition:
    """Whether an import waits for a decision that the caller may take: all that it would deactivate is theirs."""
    if Reach.UNITS not in rights.reaches(caller, DECIDE):
        return sa.false()
    return sa.and_(import_run.c.absence == "waiting", ~import_run.c.dry_run, _covers(caller))


def _covers(caller: Caller) -> Condition:
    """Whether the caller's units cover all that an import would deactivate."""
    people, posts, units = (
        table.alias("other") for table in (import_absent, import_absent_post, import_absent_unit)
    )
    elsewhere = (
        sa.select(people.c.import_id)
        .join(person, person.c.person_id == people.c.person_id)
        .where(people.c.import_id == import_run.c.import_id, ~keeps_people(caller)),
        sa.select(posts.c.import_id)
        .join(post, post.c.post_id == posts.c.post_id)
        .join(unit, unit.c.unit_code == post.c.unit_code)
        .where(posts.c.import_id == import_run.c.import_id, ~inside(caller)),
        sa.select(units.c.import_id)
        .join(unit, unit.c.unit_code == units.c.unit_code)
        .where(units.c.import_id == import_run.c.import_id, ~inside(caller)),
    )
    return sa.and_(*(~sa.exists(one.correlate(import_run)) for one in elsewhere))


def _is_own(caller: Caller) -> Condition:
    """Sent by the caller, or as a system that the caller writes as, with no units beyond the caller's."""
    units = sa.cast(list(caller.units), import_run.c.units.type)
    sent = sa.or_(
        import_run.c.recorded_by == caller.subject_key, is_own_system(import_run.c.system_id, caller)
    )
    return sa.and_(sent, import_run.c.units.contained_by(units))


def _select(caller: Caller) -> sa.Select[Any]:
    rights.require(caller, READ)
    counts = [import_run.c.report[name].as_integer().label(name) for name in COUNTS]
    digest = import_run.c.report["digest"].as_string().label("digest")
    select = sa.select(
        *(import_run.c[name] for name in _SHOWN), source_system.c.code.label("system"), digest, *counts
    )
    joined = select.join(source_system, source_system.c.system_id == import_run.c.system_id, isouter=True)
    return joined.where(
        sa.or_(_is_own(caller), may_decide(caller), import_run.c.decided_by == caller.subject_key)
    )


def _shown(row: Mapping[Any, Any]) -> dict[str, Any]:
    """A row as it is shown: an import that has not written its progress for a while was interrupted."""
    silent = row["state"] == "running" and row["seen_at"] < clock.now() - SILENT_FOR
    return {**row, "state": "interrupted" if silent else row["state"]}
