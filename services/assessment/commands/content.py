"""The content that comes with the service, loaded and published when it starts."""

import logging
from importlib.resources import files
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.commands import frameworks, profiles
from services.assessment.commands.profiles import Written
from shared.database import Database

log = logging.getLogger("steward.assessment")

FRAMEWORKS = ("framework.json", "overlay-emergency.json")  # the core first: overlays resolve against it
ROLES = "roles.json"

# Replicas start together: one loads, the others find everything in place.
_LOCK = sa.text("select pg_advisory_xact_lock(hashtextextended('assessment-content', 0))")


async def load(database: Database) -> None:
    """Publish delivered framework versions that are not there yet, and store delivered role profiles."""
    async with database.session() as session:
        await session.execute(_LOCK)
        for name in FRAMEWORKS:
            await _publish(session, read(name))
        delivered = {role["code"]: _written(role) for role in read(ROLES)["roles"]}
        await profiles.load(session, delivered)


def read(name: str) -> dict[str, Any]:
    """One delivered content file."""
    content: dict[str, Any] = orjson.loads(
        files("services.assessment").joinpath("content", name).read_bytes()
    )
    return content


async def _publish(session: AsyncSession, content: dict[str, Any]) -> None:
    code, number = content["code"], content["version"]
    row = await frameworks.locked(session, code, number)
    if row is None:
        row = await frameworks.create(session, code, number, content)
    elif row["state"] == "published":
        if row["content"] != content:
            log.warning("content of %s version %s differs from what is published; kept", code, number)
        return
    await frameworks.publish(session, row)


def _written(role: dict[str, Any]) -> Written:
    profile = role["profile"]
    return Written(
        level=role["level"],
        setting=role["setting"],
        name=role["name"],
        targets={code: 100 * part["target"] for code, part in profile.items()},
        weights={code: part["weight"] for code, part in profile.items()},
    )
