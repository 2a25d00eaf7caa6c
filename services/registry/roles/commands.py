"""Roles with their framework level and setting: the shipped ones, and what a country makes of them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.publication.commands import announce_people, announce_roles, raise_people
from services.registry.tables.people import post
from services.registry.tables.units import role
from shared.database.engine import Database, raw

DEFAULTS = Path(__file__).parent.parent / "content" / "roles.json"


async def seed_roles(database: Database) -> None:
    """At start-up: add the shipped roles that are missing; what a country changed stays."""
    roles = json.loads(DEFAULTS.read_text(encoding="utf-8"))["roles"]
    rows = [
        {
            "role_code": each["code"],
            "version": 1,
            "level": each["level"],
            "setting": each["setting"],
            "name": each["name"],
        }
        for each in roles
    ]
    statement = insert(role).values(rows).on_conflict_do_nothing().returning(role.c.role_code)
    async with database.session() as session:
        added = (await session.scalars(statement)).all()
        await announce_roles(await raw(session), added)


async def find_role(session: AsyncSession, code: str) -> sa.RowMapping | None:
    """The role's row, locked, or None."""
    found = await session.execute(sa.select(role).where(role.c.role_code == code).with_for_update())
    return found.mappings().one_or_none()


async def put_role(session: AsyncSession, code: str, values: Mapping[str, Any]) -> None:
    """Add or change a role. A new level reaches everybody who holds or held a post in it."""
    before = await find_role(session, code)
    connection = await raw(session)
    if before is None:
        await session.execute(sa.insert(role).values(role_code=code, version=1, **values))
    elif all(before[column] == value for column, value in values.items()):
        return
    else:
        changes = {**values, "version": before["version"] + 1}
        await session.execute(sa.update(role).where(role.c.role_code == code).values(**changes))
    await announce_roles(connection, [code])
    if before is not None and before["level"] != values["level"]:
        select = sa.select(post.c.person_id).where(post.c.role_code == code).distinct()
        people = (await session.scalars(select)).all()
        await raise_people(connection, people)
        await announce_people(connection, people)
