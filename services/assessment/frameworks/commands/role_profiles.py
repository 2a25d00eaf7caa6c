"""Role profiles: what each role is measured against; a country or a region of it may override them."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import own_profiles, profiled_roles
from services.assessment.tables.frameworks import role_profile
from shared import clock
from shared.events.assessment import FrameworkProfile
from shared.events.framework import COMPETENCIES
from shared.settings import Settings


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
    """Write this instance's own profile of a role; a region's goes up to its hub, a hub's down to its regions.

    Assessments that are open keep what they opened with.
    """
    own = values(role_code, written) | await own_profiles.core(session)
    own |= {"overridden": True, "changed_at": clock.now()}
    statement = insert(role_profile).values(own)
    statement = statement.on_conflict_do_update(
        index_elements=[role_profile.c.role_code], set_={**own, "version": role_profile.c.version + 1}
    )
    row: sa.RowMapping = (await session.execute(statement.returning(role_profile))).mappings().one()
    await own_profiles.send(session, settings, [row])
    await profiled_roles.tell(session)
    return row


async def published(session: AsyncSession) -> list[FrameworkProfile]:
    """All role profiles as a published framework carries them."""
    rows = (await session.execute(sa.select(role_profile).order_by(role_profile.c.role_code))).mappings()
    same = ("role_code", "level", "setting", "targets", "weights")
    return [FrameworkProfile(title=row["name"], **{name: row[name] for name in same}) for row in rows]


def values(role_code: str, written: Written) -> dict[str, object]:
    """What is written of a role, as it is stored."""
    return {
        "role_code": role_code,
        "level": written.level,
        "setting": written.setting,
        "name": dict(written.name),
        "targets": [written.targets[code] for code in COMPETENCIES],
        "weights": [written.weights[code] for code in COMPETENCIES],
    }
