"""Facts of many people read at once, one statement a table, and made the values that rules take."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.facts.paths import Path, Paths
from services.evaluation.facts.person_facts import (
    Activity,
    Assessment,
    LearningResult,
    Person,
    Plan,
    Post,
    Profiled,
    Reaction,
)
from services.evaluation.facts.shares import Share, Shares
from services.evaluation.tables import activity, assessment, directory, measured_person, plan
from shared import clock
from shared.database.engine import Connection
from shared.events.framework import COMPETENCIES

_PLACE = {code: place for place, code in enumerate(COMPETENCIES)}

_ACTIVE = "select person_id from person where person_id = any($1::uuid[]) and active"
_POSTS = """
select person_id, unit_code, role_code, valid_from, valid_to, is_primary, level from post
where person_id = any($1::uuid[]) order by post_id
"""
_PROFILED = """
select role_code, valid_from, coalesce(valid_to, 'infinity') as valid_to from profiled_role
"""
# Only what measured something: facts from before that was asked may hold others.
_ASSESSMENTS = """
select * from assessment where person_id = any($1::uuid[]) and array_remove(scores, null) <> '{}'
"""
_PLANS = "select * from plan where person_id = any($1::uuid[]) and assessment_id is not null"
_ACTIVITIES = "select * from activity where person_id = any($1::uuid[]) and due_on is not null"
_REACTIONS = "select * from reaction where person_id = any($1::uuid[])"
_LEARNING = """
select * from learning_result
where person_id = any($1::uuid[]) and pre_percent is not null and post_percent is not null
"""
_CONTRIBUTIONS = "select * from contribution where person_id = any($1::uuid[])"
_UNIT_PATHS = "select unit_code, path from unit where unit_code = any($1::text[])"
_EARLIER_PATHS = "select unit_code, through, path from earlier_path where unit_code = any($1::text[])"

Row = asyncpg.Record


async def everybody(session: AsyncSession) -> list[UUID]:
    """All people of whom there are facts, shares or a registration."""
    known = (measured_person, assessment, plan, activity, directory.person)
    everyone = sa.union(*(sa.select(table.c.person_id) for table in known)).order_by("person_id")
    return [UUID(str(person)) for person in await session.scalars(everyone)]


async def load_people(connection: Connection, people: Sequence[UUID]) -> dict[UUID, Person]:
    """All facts of each of these people; one that nothing is known of is an empty person."""
    active = {row["person_id"] for row in await connection.fetch(_ACTIVE, people)}
    posts = _by_person(await connection.fetch(_POSTS, people))
    profiled = _profiled(await connection.fetch(_PROFILED))
    assessments = _by_person(await connection.fetch(_ASSESSMENTS, people))
    plans = _by_person(await connection.fetch(_PLANS, people))
    activities = _by_person(await connection.fetch(_ACTIVITIES, people))
    reactions = _by_person(await connection.fetch(_REACTIONS, people))
    learning = _by_person(await connection.fetch(_LEARNING, people))
    return {
        person: Person(
            active=person in active,
            posts=tuple(_post(row, profiled) for row in posts[person]),
            assessments=tuple(map(_assessment, assessments[person])),
            plans=tuple(map(_plan, plans[person])),
            activities=tuple(map(_activity, activities[person])),
            reactions=tuple(map(_reaction, reactions[person])),
            learning=tuple(map(_learning, learning[person])),
        )
        for person in people
    }


async def load_contributions(connection: Connection, people: Sequence[UUID]) -> dict[UUID, Shares]:
    """The stored shares of these people."""
    found: dict[UUID, Shares] = defaultdict(dict)
    for row in await connection.fetch(_CONTRIBUTIONS, people):
        share = Share(row["unit_code"], row["numerator"], row["denominator"], row["source"])
        found[row["person_id"]][row["indicator"], row["period"]] = share
    return found


async def load_paths(connection: Connection, units: Iterable[str]) -> Paths:
    """Where these units stand and stood in the tree."""
    rows = await connection.fetch(_UNIT_PATHS, sorted(units))
    current = {row["unit_code"]: tuple(row["path"]) for row in rows}
    return Paths(current, await load_earlier(connection, current.values()))


async def load_earlier(connection: Connection, paths: Iterable[Path]) -> list[tuple[str, str, Path]]:
    """Earlier paths (unit, last period, path) of every unit on these paths."""
    codes = sorted({code for path in paths for code in path})
    rows = await connection.fetch(_EARLIER_PATHS, codes)
    return [(row["unit_code"], row["through"], tuple(row["path"])) for row in rows]


def _by_person(rows: Iterable[Row]) -> dict[Any, list[Row]]:
    grouped: dict[Any, list[Row]] = defaultdict(list)
    for row in rows:
        grouped[row["person_id"]].append(row)
    return grouped


def places(codes: Iterable[str]) -> tuple[int, ...]:
    """Competency codes as places in framework order; codes of an overlay's own have no place."""
    return tuple(_PLACE[code] for code in codes if code in _PLACE)


def _profiled(rows: Iterable[Row]) -> dict[str, Profiled] | None:
    """Per role the days on which it had a profile; None where no event about profiles has come."""
    found: dict[str, Profiled] = {}
    for row in rows:
        found[row["role_code"]] = (*found.get(row["role_code"], ()), (row["valid_from"], row["valid_to"]))
    return found or None


def _post(row: Row, profiled: dict[str, Profiled] | None) -> Post:
    of_role = None if profiled is None else profiled.get(row["role_code"], ())
    return Post(
        row["unit_code"], row["valid_from"], row["valid_to"], row["is_primary"], of_role, row["level"]
    )


def _assessment(row: Row) -> Assessment:
    return Assessment(
        assessment_id=str(row["assessment_id"]),
        kind=row["kind"],
        plan_id=str(row["plan_id"]) if row["plan_id"] else None,
        follow_up_days=row["follow_up_days"],
        unit_code=row["unit_code"],
        level=row["level"],
        completed_at=clock.local(row["completed_at"]),
        measured_on=row["measured_on"] or clock.day_of(row["completed_at"]),
        period=row["period"],
        item_marks=tuple(row["item_marks"] or ()),
        scores=tuple(row["scores"]),
        others=tuple(row["others"]),
        targets=tuple(row["targets"]),
        weights=tuple(row["weights"]),
        priorities=places(row["priorities"]),
    )


def _plan(row: Row) -> Plan:
    return Plan(
        plan_id=str(row["plan_id"]),
        assessment_id=str(row["assessment_id"]),
        unit_code=row["unit_code"],
        agreed_at=_local(row["agreed_at"]),
        closed_at=_local(row["closed_at"]),
        competencies=places(row["competencies"]),
    )


def _activity(row: Row) -> Activity:
    return Activity(
        activity_id=str(row["activity_id"]),
        plan_id=str(row["plan_id"]),
        unit_code=row["unit_code"],
        approach=row["approach"],
        due_on=row["due_on"],
        planned=row["planned"],
        hours=row["hours"],
        completed_at=_local(row["completed_at"]),
    )


def _reaction(row: Row) -> Reaction:
    return Reaction(row["unit_code"], row["relevance"], row["usefulness"], clock.local(row["given_at"]))


def _learning(row: Row) -> LearningResult:
    recorded_at = clock.local(row["recorded_at"])
    return LearningResult(row["unit_code"], row["pre_percent"], row["post_percent"], recorded_at)


def _local(moment: datetime | None) -> datetime | None:
    return None if moment is None else clock.local(moment)
