"""A served planning of a region, and what it tells its hub."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import count
from typing import Any

import nats
import pytest_asyncio

from deploy.broker.server_settings import ADMIN
from services.planning.plan_totals.commands import plan_releases
from shared.events.planning import ToldFigures
from shared.events.registry import PeopleChanged, UnitsChanged
from shared.releases.due_dates import Due
from tests.planning.builders import person, units
from tests.planning.world import World
from tests.served import Client, application, serving
from tests.servers import PASSWORDS

PEOPLE = [f"p{number}" for number in range(14)]
NEXT_DAY = count(1)
FIGURES = """
select place.code, p.person_id, to_char(f.at at time zone 'UTC', 'YYYY"Q"Q') as period, f.what, f.amount
from plan p join unit u using (unit_code) cross join unnest(u.path) as place(code)
cross join lateral (
    select p.proposed_at, 'proposed', 1 union all select p.agreed_at, 'agreed', 1
    union all select p.closed_at, 'closed', 1
    union all select p.closed_at, 'completed', 1 where p.outcome = 'completed'
    union all select a.due_on, 'activities_due', 1 from activity a
        where a.plan_id = p.plan_id and p.agreed_at is not null and a.state <> 'cancelled'
    union all select a.completed_at, 'activities_completed', 1 from activity a where a.plan_id = p.plan_id
    union all select a.completed_at, 'hours', a.hours_spent from activity a where a.plan_id = p.plan_id
) f(at, what, amount) where f.at is not null
"""


class Region(World):
    """A served planning of a region, and what it tells its hub."""

    root: Client

    async def totals(self) -> dict[tuple[str, str], dict[str, Any]]:
        """The last word on each unit and period."""
        items = [item for event in await self.outbox("totals-computed") for item in event["data"]["items"]]
        items.sort(key=lambda item: item["version"])  # rows of a table have no order
        return {(item["unit_code"], item["period"]): item for item in items}

    async def recounted(self) -> dict[tuple[str, str], dict[str, int | None]]:
        """Figures of each unit and period straight from the tables, None where fewer than five have any."""
        found: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        people: defaultdict[tuple[str, str, str], set[Any]] = defaultdict(set)
        async with self.app.state.database.transaction() as connection:
            for code, person, period, what, amount in await connection.fetch(FIGURES):
                found[code, period][what] += amount
                for name in ("people", what) if amount else ("people",):
                    people[code, period, name].add(person)
        for key, figures in found.items():
            figures["people"] = len(people[*key, "people"])
        names = ("people", *ToldFigures.__struct_fields__)
        return {
            key: {name: figures[name] if len(people[*key, name]) >= 5 else None for name in names}
            for key, figures in found.items()
        }

    async def release(self) -> None:
        """Release every quarter in which plans have a figure, under the next date."""
        as_of = date(2030, 1, 1) + timedelta(days=next(NEXT_DAY))
        async with self.app.state.database.session() as session:
            for period in sorted({period for _, period in await self.recounted()}):
                await plan_releases.release(session, Due(period, as_of))

    async def has_plans_of_all(self) -> bool:
        async with self.app.state.database.transaction() as connection:
            return bool(await connection.fetchval("select count(*) = $1 from plan", len(PEOPLE) + 2))

    async def right(self) -> bool:
        """Whether every figure that was told is what the tables say."""
        so = await self.recounted()
        return all(
            figure is None or figure == so[key][name]
            for key, item in (await self.totals()).items()
            for name, figure in {**item["told"], "people": item["people"]}.items()
        )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def region(settings, token, nats_url) -> AsyncIterator[Region]:
    app = application(settings("planning", federation="region"))
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    async with serving(app) as client:
        made = Region(client, app, broker.jetstream(), token)
        made.root = client.using(token("programme-manager", units=("N", "S"), subject="pm"))
        await made.publish(UnitsChanged(items=units()))
        await made.publish(PeopleChanged(items=[person(who, f"key of {who}") for who in PEOPLE]))
        yield made
    await broker.close()


async def plans_of(region: Region) -> list[dict[str, Any]]:
    """The plans in N01."""

    async def known() -> list[dict[str, Any]]:
        async with region.app.state.database.transaction() as connection:
            rows = await connection.fetch(
                "select plan_id, version from plan where unit_code = 'N01' order by 1"
            )
        found = [{"plan_id": str(row["plan_id"]), "version": row["version"]} for row in rows]
        return [plan | {"activities": await activities(region, plan["plan_id"])} for plan in found]

    return await known()


async def activities(region: Region, plan_id: str) -> list[dict[str, Any]]:
    async with region.app.state.database.transaction() as connection:
        rows = await connection.fetch(
            "select activity_id, intervention_code from activity where plan_id = $1::uuid order by position",
            plan_id,
        )
    return [{name: str(value) for name, value in row.items()} for row in rows]
