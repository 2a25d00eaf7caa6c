"""People with a plan each at units of a tree, counted and published as planning does it, without a server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.planning.plan_totals.commands import plan_releases
from services.planning.plan_totals.commands import publication as plan_totals
from shared import totals
from shared.database.engine import Database, raw
from shared.disclosure.release import read
from shared.releases.due_dates import Due
from shared.settings import Settings
from tests.planning.builders import ident

PERIOD = "2026Q4"
DAY = datetime(2026, 11, 2, tzinfo=UTC)
TREE = {"C": None, "A": "C", "B": "C", "A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"}
NAMES = plan_totals.FIGURES
_EMPTY = """
truncate follow_up, activity, plan, outbox, total_due, total_watch, total_tree, total_share, total_change,
    total_cell, unit, post;
alter table release disable trigger user;
truncate release, release_forest, release_share, release_member, release_date;
alter table release enable trigger user
"""
_UNIT = "insert into unit (unit_code, version, parent, path) values ($1, 1, $2, $3)"
_OFFER = """
insert into intervention (code, catalogue_version, offered, approach, delivery, levels, competencies, content)
values ('X', 1, true, 'networking', 'online', '{B}', '{QM}', '{}') on conflict do nothing
"""
_PLAN = """
insert into plan (plan_id, state, outcome, assessment_id, person_id, post_id, unit_code, level, competencies,
    gaps, left_out, limits, assessed_at, proposed_at, agreed_at, closed_at)
values ($1, $2, $3, $1, $4, $4, $5, 'B', '{}', '[]', '[]', '{}', $6, $6, $7, $8)
"""
_ACTIVITY = """
insert into activity (activity_id, plan_id, position, intervention_code, approach, delivery, competencies,
    hours, days_away, cost, due_on, state, completed_at, hours_spent)
values (gen_random_uuid(), $1, $2, 'X', 'networking', 'online', '{}', 8, 0, 0, $3::timestamptz::date, $4, $5, $6)
"""
# A post at A2 since 2020.
OFFICER = """
insert into post (post_id, person_id, unit_code, role_code, level, valid_from, acting, is_primary)
values (gen_random_uuid(), gen_random_uuid(), 'A2', 'officer', 'B', '2020-01-01', false, true)
"""
# Totals as they were kept before figures had people of their own; p0's plan was agreed after it was told.
OF_BEFORE = """
delete from total_share where slice <> ''; delete from total_change where slice <> '';
delete from total_tree where slice <> ''; delete from total_cell where slice <> '';
update total_share set figures = '{1,1,0,0,2,0,0}';
update total_cell set own_figures = own_people * 1 || '{10,0,0,20,0,0}'::bigint[], version = 3,
    figures = '{9,8,0,0,16,0,0}';
insert into total_change (period, slice, person_id, edition, path, figures)
    select period, slice, person_id, 2, '{C,A,A1}', '{1,0,0,0,0,0,0}' from total_share
    where person_id = (select person_id from total_share except select person_id from total_change limit 1);
delete from outbox; update alembic_version set version_num = '0003'
"""


@dataclass(frozen=True)
class Planned:
    """Somebody's only plan: agreed or not, how it was closed, and of its activities the hours of those done."""

    unit: str
    agreed: bool = True
    outcome: str | None = None
    hours: tuple[int, ...] = ()
    open: int = 2  # activities that are not done

    @property
    def figures(self) -> dict[str, int]:
        """What it adds to each figure, one for the number of people, without those where it is nothing."""
        found = {
            "": 1,
            "proposed": 1,
            "agreed": int(self.agreed),
            "closed": int(self.outcome is not None),
            "completed": int(self.outcome == "completed"),
            "activities_due": (len(self.hours) + self.open) * self.agreed,
            "activities_completed": len(self.hours),
            "hours": sum(self.hours),
        }
        return {name: figure for name, figure in found.items() if figure}


class Region:
    """A region's planning, and what it told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.plans: dict[str, Planned] = {}

    async def begin(self) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(_EMPTY)
            await connection.execute("insert into catalogue values (1, now()) on conflict do nothing")
            await connection.execute(_OFFER)
            await connection.executemany(_UNIT, [(code, above, path(code)) for code, above in TREE.items()])
        settings = Settings(service="planning", federation="region")
        await totals.watch(settings, plan_totals.EVERYONE)(self.database)

    async def change(self, plans: Mapping[str, Planned]) -> None:
        """These people's plans are so from now on; counted, and published what may move."""
        self.plans |= plans
        async with self.database.session() as session:
            connection = await raw(session)
            for who, planned in plans.items():
                await _write(connection, UUID(ident(who)), planned)
            await totals.note(session, [ident(who) for who in plans])
        await self.count()

    async def count(self) -> None:
        async with self.database.session() as session:
            await plan_totals.count(session)

    def inside(self, code: str, name: str) -> frozenset[tuple[str, int]]:
        """Who has something in a figure of a unit, and what."""
        return frozenset(
            (who, planned.figures[name])
            for who, planned in self.plans.items()
            if name in planned.figures and code in path(planned.unit)
        )

    async def sent(self) -> list[dict[str, Any]]:
        """Every item that was sent, by version."""
        rows = await self.rows("select payload from outbox where subject like '%.totals-computed.v1'")
        found = [item for (payload,) in rows for item in json.loads(payload)["data"]["items"]]
        return sorted(found, key=lambda item: item["version"])

    async def told(self) -> dict[str, dict[str, Any]]:
        """The last word on each unit."""
        return {item["unit_code"]: item for item in await self.sent()}

    async def release(self, period: str = PERIOD, day: int = 1) -> None:
        async with self.database.session() as session:
            await plan_releases.release(session, Due(period, date(2027, 1, day)))

    async def released(self, figure: str, number: int = 1) -> dict[str, tuple[int, int]]:
        """People and total of each unit of which a release shows a figure; each is of one cube but the people."""
        rows = await self.rows(f"select document, digest from release where number = {number} order by cube")
        return {
            cell.unit: (cell.people, cell.total)
            for document, digest in rows
            for cell in read(document.encode(), digest).cells
            if cell.measure == figure and cell.people is not None and cell.total is not None
        }

    async def rows(self, statement: str) -> list[Any]:
        async with self.database.transaction() as connection:
            return await connection.fetch(statement)


async def _write(connection: Any, person: UUID, planned: Planned) -> None:
    of_person = "select plan_id from plan where person_id = $1"
    await connection.execute(f"delete from activity where plan_id in ({of_person})", person)
    await connection.execute("delete from plan where person_id = $1", person)
    plan, state = person, "closed" if planned.outcome else "agreed" if planned.agreed else "proposed"
    times = DAY if planned.agreed else None, DAY if planned.outcome else None
    await connection.execute(_PLAN, plan, state, planned.outcome, person, planned.unit, DAY, *times)
    done = [("completed", DAY, hours) for hours in planned.hours]
    for place, row in enumerate([*done, *[("planned", None, None)] * planned.open]):
        await connection.execute(_ACTIVITY, plan, place, DAY, *row)


def path(code: str) -> list[str]:
    """From the topmost unit down."""
    above = TREE[code]
    return [*(path(above) if above else []), code]
