"""Role profiles: what each role is measured against; a country may override them."""

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import role_profile
from shared import clock
from shared.events.framework import COMPETENCIES


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


async def put(session: AsyncSession, role_code: str, written: Written) -> sa.RowMapping:
    """Write the country's own profile of a role. Assessments that are open keep what they opened with."""
    values = _values(role_code, written) | {"overridden": True}
    statement = insert(role_profile).values(values)
    statement = statement.on_conflict_do_update(
        index_elements=[role_profile.c.role_code], set_={**values, "version": role_profile.c.version + 1}
    )
    row: sa.RowMapping = (await session.execute(statement.returning(role_profile))).mappings().one()
    return row


async def load(session: AsyncSession, profiles: Mapping[str, Written]) -> None:
    """Store delivered profiles that are missing or were not overridden since, where they differ."""
    for role_code, written in profiles.items():
        values = _values(role_code, written)
        statement = insert(role_profile).values(values)
        delivered = {name: values[name] for name in ("level", "setting", "name", "targets", "weights")}
        differs = sa.or_(*(role_profile.c[name].is_distinct_from(value) for name, value in delivered.items()))
        await session.execute(
            statement.on_conflict_do_update(
                index_elements=[role_profile.c.role_code],
                set_={**values, "version": role_profile.c.version + 1},
                where=sa.and_(role_profile.c.overridden.is_(False), differs),
            )
        )


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
