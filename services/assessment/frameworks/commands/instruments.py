"""What the other commands need of frameworks and roles: instruments and role profiles."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.scoring.anonymity import DEFAULT_WEIGHTS
from services.assessment.scoring.competency_levels import Layout
from services.assessment.scoring.reliable_change import item_mark
from services.assessment.tables.frameworks import framework_version, role_profile
from services.assessment.tables.roles import role
from shared.errors import Conflict, FieldError, Invalid
from shared.events.framework import COMPETENCIES
from shared.events.registry import RoleState
from shared.leadership import has_level

Connection = asyncpg.Connection

DEFAULT_TARGET = 400  # hundredths, on the items of the post's own level (DOMAIN section 1)
KEY_WEIGHT = 2
# Which competencies are key by setting: DOMAIN section 2.
KEY: dict[str, frozenset[str]] = {
    "facility": frozenset({"PL", "QM", "HR", "SC"}),
    "district": frozenset({"SE", "RM", "IM", "PL"}),
    "national": frozenset({"VS", "GV", "CL", "SE"}),
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """The items of one level in one framework version, competency by competency.

    `weights` are those of the rater categories, in hundredths. `marks` has per competency a mark of its items:
    scores are comparable where the marks are the same.
    """

    item_codes: tuple[str, ...]
    layout: Layout
    weights: Mapping[str, int]
    marks: list[str] = field(init=False)

    def __post_init__(self) -> None:
        """Every completed assessment asks for the marks."""
        marks = [item_mark(self.item_codes[first:last]) for first, last in self.layout.bounds]
        object.__setattr__(self, "marks", marks)


@dataclass(frozen=True, slots=True)
class Profile:
    """Targets in hundredths and weights of a role, in framework order of competencies."""

    targets: list[int]
    weights: list[int]


_known: dict[tuple[str, int, str], Instrument] = {}  # published versions never change

_RESOLVED = """
select resolved::text from framework_version
where framework_code = $1 and framework_version = $2 and resolved is not null
"""


async def instrument(connection: Connection, code: str, version: int, level: str) -> Instrument:
    """The instrument of a published version. Raises Conflict `framework-unpublished`."""
    key = (code, version, level)
    if key not in _known:
        resolved = await connection.fetchval(_RESOLVED, code, version)
        if resolved is None:
            raise Conflict("framework-unpublished", "The framework version is not published.")
        _known[key] = arranged(orjson.loads(resolved), level)
    return _known[key]


def arranged(framework: dict[str, Any], level: str) -> Instrument:
    """A level's items in framework order of competencies, and the weights of rater categories."""
    by_competency: dict[str, list[str]] = {code: [] for code in COMPETENCIES}
    for item in framework["items"]:
        if item["level"] == level:
            by_competency[item["competency"]].append(item["code"])
    codes = tuple(code for group in by_competency.values() for code in group)
    weights = {item["code"]: item["weight"] for item in framework.get("rater_categories", ())}
    layout = Layout.of([len(group) for group in by_competency.values()])
    return Instrument(codes, layout, weights or DEFAULT_WEIGHTS)


async def check(session: AsyncSession, code: str, version: int, roles: Collection[str]) -> None:
    """Whether a cycle can use them. Raises Invalid `cycle-invalid` with a pointer to each unknown one."""
    published = sa.select(framework_version.c.state).where(
        framework_version.c.framework_code == code, framework_version.c.framework_version == version
    )
    errors = []
    if await session.scalar(published) != "published":
        errors.append(FieldError("/framework_version", "unpublished", "There is no such published version."))
    known = await profiles(session, code, version, roles)
    for place, role_code in enumerate(roles):
        if role_code not in known:
            errors.append(FieldError(f"/role_codes/{place}", "unknown", "There is no such role."))
    if errors:
        raise Invalid("cycle-invalid", "The cycle names what does not exist.", errors)


async def profiles(
    session: AsyncSession, code: str, version: int, roles: Collection[str]
) -> dict[str, Profile]:
    """The profile of each known role under a framework version.

    As written, else the default of its setting; what an overlay re-weights or re-targets wins. A role that
    registry says leads nobody has none.
    """
    known = sa.select(role.c.role_code, role.c.setting, role.c.level).where(role.c.role_code.in_(roles))
    rows = (await session.execute(known)).all()
    roles = set(roles) - {code for code, _, level in rows if not has_level(level)}
    found = {code: default(setting) for code, setting, _ in rows if code in roles}
    written = sa.select(role_profile.c.role_code, role_profile.c.targets, role_profile.c.weights)
    profiles_of = await session.execute(written.where(role_profile.c.role_code.in_(roles)))
    found |= {code: Profile(targets, weights) for code, targets, weights in profiles_of.all()}
    overlay = sa.select(
        framework_version.c.resolved["targets"], framework_version.c.resolved["weights"]
    ).where(framework_version.c.framework_code == code, framework_version.c.framework_version == version)
    targets, weights = (await session.execute(overlay)).one_or_none() or (None, None)
    return {name: adapted(profile, targets or {}, weights or {}) for name, profile in found.items()}


def adapted(profile: Profile, targets: Mapping[str, int], weights: Mapping[str, int]) -> Profile:
    """A profile with an overlay's targets (points of the scale) and weights by competency over its own."""
    return Profile(
        [
            100 * targets[code] if code in targets else own
            for code, own in zip(COMPETENCIES, profile.targets, strict=True)
        ],
        [weights.get(code, own) for code, own in zip(COMPETENCIES, profile.weights, strict=True)],
    )


def default(setting: str) -> Profile:
    """Target 4 everywhere; the key competencies of the setting weigh 2, the others 1."""
    key = KEY.get(setting, frozenset())
    return Profile(
        [DEFAULT_TARGET] * len(COMPETENCIES), [KEY_WEIGHT if code in key else 1 for code in COMPETENCIES]
    )


async def take_roles(session: AsyncSession, states: Iterable[RoleState]) -> None:
    """Take over roles from registry; the newest version of each counts, in any order of arrival."""
    newest: dict[str, RoleState] = {}
    for state in states:
        if state.role_code not in newest or newest[state.role_code].version < state.version:
            newest[state.role_code] = state
    if not newest:
        return
    columns = [column.name for column in role.columns]
    values = [{name: getattr(state, name) for name in columns} for _, state in sorted(newest.items())]
    statement = insert(role).values(values)
    taken = {name: statement.excluded[name] for name in ("version", "level", "setting")}
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=[role.c.role_code], set_=taken, where=role.c.version < statement.excluded.version
        )
    )
