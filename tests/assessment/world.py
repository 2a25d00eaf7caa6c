"""A small country for assessment: one root, two regions, teams of a manager, peers and their reports."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

import services.assessment
from services.assessment.tables.frameworks import framework_version, role_profile
from shared import clock
from shared.auth.caller import subject_key
from shared.auth.tokens import DEVELOPMENT_ISSUER
from shared.database.engine import Database
from shared.directory.projection import take_people, take_units
from shared.events.framework import COMPETENCIES
from shared.events.registry import PersonState, PostState, UnitState

CONTENT = Path(services.assessment.__file__).parent / "content"
PEPPER = "pepper-of-the-tests"
ISSUER = DEVELOPMENT_ISSUER
SINCE = date(2020, 1, 1)
RECORDED = datetime(2020, 1, 1, tzinfo=UTC)
CLIENT = subject_key(PEPPER, ISSUER, "hris-client")  # who wrote the placements; nobody's own sign-in
TREE = {"N": None, "N1": "N", "N2": "N", "D1": "N1", "D2": "N2", "F1": "D1", "F2": "D1", "F3": "D2"}
LEVELS = ("country", "region", "district", "facility")


def identity(name: str) -> UUID:
    """A stable id for a made-up name."""
    return uuid5(NAMESPACE_OID, name)


def unit(code: str, parent: str | None, version: int = 1) -> UnitState:
    depth = {"N": 0, "D": 2, "F": 3}[code[0]] if code == "N" or code[0] != "N" else 1
    return UnitState(
        unit_code=code,
        version=version,
        level=LEVELS[depth],
        type=LEVELS[depth],
        open_from=SINCE,
        parent=parent,
    )


def person(
    name: str,
    unit_code: str,
    *,
    role: str = "facility-manager",
    level: str = "I",
    manager: str | None = None,
    version: int = 1,
    active: bool = True,
    recorded_at: datetime | None = RECORDED,
    recorded_by: str | None = CLIENT,
) -> PersonState:
    """A person in one primary post; post and sign-in are named after the person."""
    post = PostState(
        post_id=str(identity(f"post {name}")),
        unit_code=unit_code,
        role_code=role,
        level=level,
        valid_from=SINCE,
        primary=True,
        manager_post_id=str(identity(f"post {manager}")) if manager else None,
        recorded_at=recorded_at,
        recorded_by=recorded_by,
    )
    return PersonState(
        person_id=str(identity(name)),
        version=version,
        active=active,
        sex="female",
        subject_keys=[subject_key(PEPPER, ISSUER, name)],
        posts=[post] if active else [],
    )


def team(prefix: str, unit_code: str, size: int) -> list[PersonState]:
    """A district officer `<prefix>boss` and `size` facility managers below, each with two ward managers."""
    people = [person(f"{prefix}boss", unit_code, role="district-health-officer", level="A")]
    for number in range(size):
        name = f"{prefix}{number}"
        people.append(person(name, unit_code, manager=f"{prefix}boss"))
        people += [
            person(f"{name}-ward{ward}", unit_code, role="ward-manager", level="B", manager=name)
            for ward in range(2)
        ]
    return people


async def load_framework(session: AsyncSession) -> None:
    """The core framework and its role profiles as published."""
    content = json.loads((CONTENT / "framework.json").read_text())
    moment = clock.now()
    values = {"framework_code": "steward-core", "framework_version": 1, "state": "published"}
    times = {"changed_at": moment, "published_at": moment}
    await session.execute(
        framework_version.insert().values(**values, content=content, resolved=content, **times)
    )
    for role in json.loads((CONTENT / "roles.json").read_text())["roles"]:
        profile = [role["profile"][code] for code in COMPETENCIES]
        await session.execute(
            role_profile.insert().values(
                role_code=role["code"],
                level=role["level"],
                setting=role["setting"],
                name=role["name"],
                targets=[100 * item["target"] for item in profile],
                weights=[item["weight"] for item in profile],
                changed_at=moment,
            )
        )


async def populate(database: Database, people: list[PersonState]) -> None:
    """The framework, the tree and these people."""
    async with database.session() as session:
        await load_framework(session)
        await take_units(session, [unit(code, parent) for code, parent in TREE.items()])
        await take_people(session, people)
