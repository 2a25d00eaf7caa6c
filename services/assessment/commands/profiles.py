"""Role profiles: what each role is measured against; a country or a region of it may override them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands import overlays
from services.assessment.tables.frameworks import role_profile
from shared import clock
from shared.events.assessment import FrameworkProfile
from shared.events.framework import COMPETENCIES
from shared.settings import Settings

_WRITTEN = ("level", "setting", "name", "targets", "weights")


@dataclass(frozen=True, slots=True)
class Written:
    """A role profile as somebody wrote it: targets in hundredths and weights by competency code."""

    level: str
    setting: str
    name: Mapping[str, str]
    targets: Mapping[str, int]
    weights: Mapping[str, int]


async def locked(session: AsyncSession, role_code: str) -> sa.RowMapping | None:
    """One profile, locked for a change; None when nobody has written one."""
    query = sa.select(role_profile).where(role_profile.c.role_code == role_code).with_for_update()
    return (await session.execute(query)).mappings().one_or_none()


async def put(session: AsyncSession, settings: Settings, role_code: str, written: Written) -> sa.RowMapping:
    """Write this instance's own profile of a role; a region's goes up to its hub.

    Assessments that are open keep what they opened with.
    """
    values = _values(role_code, written) | await overlays.core(session) | {"overridden": True}
    statement = insert(role_profile).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[role_profile.c.role_code], set_={**values, "version": role_profile.c.version + 1}
    )
    row: sa.RowMapping = (await session.execute(statement.returning(role_profile))).mappings().one()
    if settings.federation == "region":
        await overlays.send(session, [row])
    return row


async def load(session: AsyncSession, profiles: Mapping[str, Written]) -> None:
    """Store delivered profiles where they differ, unless they were overridden or a hub has given others."""
    for role_code, written in profiles.items():
        values = _values(role_code, written)
        statement = insert(role_profile).values(values)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[role_profile.c.role_code],
                set_={**values, "version": role_profile.c.version + 1},
                where=_OF_NOBODY & role_profile.c.given_at.is_(None) & _differs(statement),
            )
        )


async def take(session: AsyncSession, profiles: Sequence[FrameworkProfile], given_at: datetime) -> None:
    """Store what a hub published, unless this instance has overridden it or has a later one of the hub."""
    for profile in profiles:
        values = {
            "role_code": profile.role_code,
            "level": profile.level,
            "setting": profile.setting,
            "name": profile.title,
            "targets": profile.targets,
            "weights": profile.weights,
            "given_at": given_at,
            "changed_at": clock.now(),
        }
        statement = insert(role_profile).values(values)
        raised = role_profile.c.version + sa.cast(_differs(statement), sa.Integer)
        earlier = role_profile.c.given_at.is_(None) | (role_profile.c.given_at < given_at)
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[role_profile.c.role_code],
                set_={**values, "version": raised},
                where=_OF_NOBODY & earlier,
            )
        )


async def told(session: AsyncSession) -> list[FrameworkProfile]:
    """All role profiles as a published framework carries them."""
    rows = (await session.execute(sa.select(role_profile).order_by(role_profile.c.role_code))).mappings()
    same = ("role_code", "level", "setting", "targets", "weights")
    return [FrameworkProfile(title=row["name"], **{name: row[name] for name in same}) for row in rows]


_OF_NOBODY = role_profile.c.overridden.is_(False)


def _differs(statement: Insert) -> sa.ColumnElement[bool]:
    return sa.or_(*(role_profile.c[name].is_distinct_from(statement.excluded[name]) for name in _WRITTEN))


def _values(role_code: str, written: Written) -> dict[str, object]:
    return {
        "role_code": role_code,
        "level": written.level,
        "setting": written.setting,
        "name": dict(written.name),
        "targets": [written.targets[code] for code in COMPETENCIES],
        "weights": [written.weights[code] for code in COMPETENCIES],
        "changed_at": clock.now(),
    }
