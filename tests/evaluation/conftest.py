"""A migrated database of evaluation's own, and handlers applied to it as the harness applies them."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.evaluation.indicators.commands import tree
from services.evaluation.intake.commands import facts, plans, roles
from services.evaluation.merged_facts import commands as merged_facts
from shared import clock
from shared.database.engine import Database
from shared.events import assessment, planning, registry
from shared.messaging.subscriptions import Received
from shared.settings import Settings
from tests.evaluation.builders import at
from tests.evaluation.catalogue.defining import empty, run
from tests.evaluation.world import august, broker, client

__all__ = ["august", "broker", "client", "empty", "run"]

HANDLERS: dict[type, Any] = {
    registry.UnitsChanged: tree.take_units,
    registry.PeopleChanged: tree.take_people,
    registry.PeopleMerged: merged_facts.take,
    registry.PeopleUnmerged: merged_facts.take,
    assessment.AssessmentCompleted: facts.take_assessments,
    assessment.ReRatingUnscored: facts.note_unscored,
    assessment.RoleProfilesChanged: roles.take_profiles,
    planning.PlanProposed: plans.take_plans,
    planning.PlanAgreed: plans.take_plans,
    planning.PlanClosed: facts.close_plans,
    planning.ActivityStarted: facts.start_activities,
    planning.ActivityCompleted: facts.complete_activities,
    planning.FollowUpDue: facts.note_follow_ups,
}
PROJECTIONS = (
    "assessment, profiled_role, plan, activity, follow_up, unscored_re_rating, reaction, learning_result,"
    " measured_person, period, contribution, earlier_path, indicator_value, published_tree, share_change,"
    " unit, person, post, subject, person_alias, rekeyed_row, outbox, inbox"
)
RELEASES = ("release", "release_forest", "release_share", "release_member", "release_date", "release_cell")


@dataclass
class Evaluation:
    """The service's database under test."""

    database: Database

    async def take(self, *events: Received[Any]) -> None:
        """Apply events in this order, each in a transaction of its own."""
        for event in events:
            async with self.database.session() as session:
                await HANDLERS[type(event.data)](session, [event])

    async def take_batch(self, *events: Received[Any]) -> None:
        """Apply events of one class as one batch."""
        async with self.database.session() as session:
            await HANDLERS[type(events[0].data)](session, list(events))

    async def rows(self, statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
        """What a select gives."""
        async with self.database.reading() as session:
            return [tuple(row) for row in await session.execute(text(statement), parameters)]

    async def cells(self) -> dict[tuple[str, str, str], tuple[Any, ...]]:
        """Cells that are not empty: (indicator, period, unit) -> (parent, numerator, denominator, people)."""
        found = await self.rows(
            "select indicator, period, unit_code, parent_code, numerator, denominator, people"
            " from indicator_value where people > 0 or numerator <> 0 or denominator <> 0"
        )
        return {row[:3]: row[3:] for row in found}

    async def empty(self) -> None:
        """Start again."""
        async with self.database.session() as session:
            await session.execute(text(f"truncate {PROJECTIONS}"))
        await self.never_released()

    async def never_released(self) -> None:
        """As if nothing had ever been released: a table's owner alone can do that."""
        async with self.database.session() as session:
            await session.execute(text("alter table release disable trigger user"))
            for table in RELEASES:
                await session.execute(text(f"delete from {table}"))
            await session.execute(text("alter table release enable trigger user"))


@pytest_asyncio.fixture
async def evaluation(settings: Callable[..., Settings]) -> AsyncIterator[Evaluation]:
    """An empty, migrated evaluation."""
    database = Database(settings("evaluation"))
    started = Evaluation(database)
    await started.empty()
    yield started
    await database.close()


@pytest.fixture
def today(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], date]:
    """`today("2026-08-20")`: domain time stands at noon of that day."""

    def stand(day: str) -> date:
        monkeypatch.setattr(clock, "now", lambda: at(day))
        return at(day).date()

    return stand
