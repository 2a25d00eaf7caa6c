"""The content that comes with the service, loaded and published when it starts."""

import logging
from importlib.resources import files
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.frameworks.commands import frameworks, from_hub, given_profiles, role_profiles
from services.assessment.frameworks.commands.role_profiles import Written
from shared import clock
from shared.database.engine import Database, lock

log = logging.getLogger("steward.assessment")

FRAMEWORKS = ("framework.json", "overlay-emergency.json")  # the core first: overlays resolve against it
ROLES = "roles.json"

LOCK = "assessment-content"  # replicas start together: one loads, the others find everything in place


async def load(database: Database) -> None:
    """Store delivered role profiles, and publish delivered framework versions that are not there yet."""
    async with database.session() as session:
        await lock(session, LOCK)
        delivered = [role_profiles.values(role["code"], _written(role)) for role in read(ROLES)["roles"]]
        await given_profiles.load(session, delivered)
        for name in FRAMEWORKS:  # published with the profiles
            await _publish(session, read(name))


def read(name: str) -> dict[str, Any]:
    """One delivered content file."""
    content: dict[str, Any] = orjson.loads(
        files("services.assessment").joinpath("content", name).read_bytes()
    )
    return content


async def _publish(session: AsyncSession, content: dict[str, Any]) -> None:
    code, number = content["code"], content["version"]
    row = await frameworks.locked(session, code, number)
    if row is None and await frameworks.superseded(session, code, number):
        # A hub was ahead of this software, and what is delivered now never came down.
        await from_hub.store(session, content, await frameworks.resolve(session, content), clock.now())
        return
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
