"""People with a plan each at units of a tree, released as planning does it, without a server."""

import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from services.planning.plan_totals.commands import first_plan_releases, plan_releases
from services.planning.plan_totals.commands.plan_facts import CLOSED_OTHERWISE, HOURS, OF_PLANS, PEOPLE
from shared import clock, periods
from shared.database.engine import Database, raw
from shared.disclosure.document import read
from shared.events.planning import ToldFigures
from shared.releases import due_dates
from shared.releases.due_dates import Due
from shared.settings import Settings
from tests.planning.builders import ident

PERIOD = "2026Q4"
DAY = datetime(2026, 11, 2, tzinfo=UTC)
TREE = {"C": None, "A": "C", "B": "C", "A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"}
FIGURES = (PEOPLE, *OF_PLANS)
NAMES = ToldFigures.__struct_fields__
REGION = Settings(service="planning", federation="region")
NEXT_DAY = count(1)
_EMPTY = """
truncate follow_up, activity, plan, outbox, total_due, total_watch, total_tree, total_share, total_change,
    total_cell, plan_total, unit, post;
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
# Totals of a version without releases: who counts in each figure, a unit's, and who changed since.
_SHARE = "insert into total_share (period, slice, person_id, unit_code, figures) values ($1, $2, $3, $4, $5)"
_CELL = """
insert into total_cell (period, slice, unit_code, path, moved, version, people, figures)
values ($1, $2, $3, $4, 7, 3, $5, $6)
"""
_CHANGE = """
insert into total_change (period, slice, person_id, edition, path, figures) values ($1, $2, $3, $4, $5, '{1}')
"""


@dataclass(frozen=True)
class Planned:
    """Somebody's only plan: agreed or not, how it was closed, and of its activities the hours of those done."""

    unit: str
    agreed: bool = True
    outcome: str | None = None
    hours: tuple[int, ...] = ()
    open: int = 2  # activities that are not done
    earlier: bool = False  # proposed the quarter before

    @property
    def figures(self) -> dict[str, int]:
        """What it adds to each figure, one to the number of people, without those where it is nothing."""
        found = {
            PEOPLE: 1,
            "proposed": int(not self.earlier),
            "agreed": int(self.agreed),
            "closed": int(self.outcome is not None),
            "completed": int(self.outcome == "completed"),
            CLOSED_OTHERWISE: int(self.outcome not in (None, "completed")),
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
        due_dates.follow(REGION)

    async def change(self, plans: Mapping[str, Planned]) -> None:
        """These people's plans are so from now on, and are released under the next date."""
        await self.plan(plans)
        await self.release(periods.of(clock.day_of(DAY)), next(NEXT_DAY))

    async def plan(self, plans: Mapping[str, Planned]) -> None:
        """These people's plans are so from now on."""
        self.plans |= plans
        async with self.database.session() as session:
            connection = await raw(session)
            for who, planned in plans.items():
                await _write(connection, UUID(ident(who)), planned)

    async def publish_as_before(self, plans: Mapping[str, Planned]) -> None:
        """These people's plans are so, and a version without releases published all totals of five and more."""
        await self.plan(plans)
        for slice_, name in [("", PEOPLE), *((name, name) for name in NAMES)]:
            for who, planned in plans.items():
                if name in planned.figures:
                    share = ident(who), planned.unit, [planned.figures[name]]
                    await self.rows(_SHARE, PERIOD, slice_, *share)
            for code in TREE:
                inside = self.inside(code, name)
                if inside:
                    known = (len(inside), [sum(figure for _, figure in inside)])
                    published = known if len(inside) >= 5 else (None, None)
                    await self.rows(_CELL, PERIOD, slice_, code, path(code), *published)

    async def changed_before(self, who: str, slice_: str, edition: int, unit: str) -> None:
        """Somebody counted in a unit until a version without releases took a change, with this edition."""
        await self.rows(_CHANGE, PERIOD, slice_, ident(who), edition, path(unit))

    async def upgraded(self) -> None:
        """The service starts, after a version without releases."""
        await first_plan_releases.begin(REGION)(self.database)

    def counting(self, code: str, name: str) -> frozenset[tuple[Hashable, int]]:
        """Everybody of a unit who counts in a released figure, or could have something, and what they have."""
        return frozenset(
            (who, planned.figures.get(name, 0))
            for who, planned in self.plans.items()
            if code in path(planned.unit) and (name != HOURS or planned.hours)
        )

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
            await plan_releases.release(session, Due(period, date(2027, 1, 1) + timedelta(days=day)))

    async def released(self, figure: str, number: int = 1) -> dict[str, tuple[int, int]]:
        """People and total of each unit of which a release shows a figure; each is of one cube but the people."""
        rows = await self.rows(f"select document, digest from release where number = {number} order by cube")
        return {
            cell.unit: (cell.people, cell.total)
            for document, digest in rows
            for cell in read(document.encode(), digest).cells
            if cell.measure == figure and cell.people is not None and cell.total is not None
        }

    async def rows(self, statement: str, *arguments: Any) -> list[Any]:
        async with self.database.transaction() as connection:
            return await connection.fetch(statement, *arguments)


async def _write(connection: Any, person: UUID, planned: Planned) -> None:
    of_person = "select plan_id from plan where person_id = $1"
    await connection.execute(f"delete from activity where plan_id in ({of_person})", person)
    await connection.execute("delete from plan where person_id = $1", person)
    plan, state = person, "closed" if planned.outcome else "agreed" if planned.agreed else "proposed"
    times = DAY if planned.agreed else None, DAY if planned.outcome else None
    proposed = DAY - timedelta(days=92) if planned.earlier else DAY
    await connection.execute(_PLAN, plan, state, planned.outcome, person, planned.unit, proposed, *times)
    done = [("completed", DAY, hours) for hours in planned.hours]
    for place, row in enumerate([*done, *[("planned", None, None)] * planned.open]):
        await connection.execute(_ACTIVITY, plan, place, DAY, *row)


def path(code: str) -> list[str]:
    """From the topmost unit down."""
    above = TREE[code]
    return [*(path(above) if above else []), code]
