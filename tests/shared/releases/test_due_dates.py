"""Which period is released when: dates are fixed before there is anything to release."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import pytest
import pytest_asyncio
import sqlalchemy as sa

from shared import clock
from shared.database.engine import Database
from shared.releases import due_dates
from shared.releases.tables import release_tables
from shared.settings import Settings
from tests.shared.conftest import fresh_database

CUBE = "roll-ups"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def module_database(databases) -> AsyncIterator[Database]:
    metadata = sa.MetaData()
    release_tables(metadata)
    url = await fresh_database(databases, metadata)
    opened = Database(Settings(service="planning", database_url=url))
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def database(module_database: Database) -> Database:
    async with module_database.session() as session:
        await session.execute(sa.text("delete from release_date"))
    return module_database


@pytest.fixture
def day(monkeypatch: pytest.MonkeyPatch):
    def put(text: str) -> None:
        moment = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        monkeypatch.setattr(clock, "now", lambda: moment)

    return put


async def released(database: Database, *periods: str) -> list[tuple[str, str]]:
    """Everything that is due now, as a timer goes through it."""
    found = []

    async def known():
        return periods

    while True:
        async with database.session() as session:
            due = await due_dates.due(session, CUBE, known)
            if due is None:
                return found
            found.append((due.period, str(due.as_of)))
            await due_dates.looked_at(session, CUBE, *due)


async def test_what_is_there_at_the_first_look_waits_for_the_next_date(database: Database, day):
    day("2026-08-20")
    assert await released(database, "2026Q3", "2026Q2") == []
    day("2026-08-31")
    assert await released(database, "2026Q3") == []
    day("2026-09-01")
    assert await released(database, "2026Q3", "2026Q2") == [
        ("2026Q2", "2026-09-01"),
        ("2026Q3", "2026-09-01"),
    ]
    assert await released(database, "2026Q3", "2026Q2") == []


async def test_who_counts_after_the_release_of_the_day_waits(database: Database, day):
    day("2026-08-20")
    await released(database)
    day("2026-09-01")
    assert await released(database) == []
    assert await released(database, "2026Q3") == []


async def test_an_instance_that_was_away_releases_the_latest_date_alone(database: Database, day):
    day("2026-07-20")
    await released(database, "2026Q3")
    day("2026-10-20")
    assert await released(database, "2026Q3", "2026Q4") == [("2026Q3", "2026-10-01")]
    day("2026-11-01")
    assert await released(database, "2026Q3", "2026Q4") == [
        ("2026Q3", "2026-11-01"),
        ("2026Q4", "2026-11-01"),
    ]


async def test_a_clock_that_was_set_back_goes_on_from_there(database: Database, day):
    day("2026-11-20")
    await released(database, "2026Q4")
    day("2026-03-10")
    assert await released(database, "2026Q1") == []
    day("2026-04-01")
    assert await released(database, "2026Q1") == [("2026Q1", "2026-04-01")]


async def test_a_calendar_of_the_instances_own(database: Database, day):
    due_dates.follow(Settings(service="planning", release_months=3, release_day=15, release_close_after=10))
    try:
        day("2026-07-20")
        await released(database, "2026Q3")
        day("2026-10-09")
        assert await released(database, "2026Q3") == []
        day("2026-10-10")
        assert await released(database, "2026Q3") == [("2026Q3", "2026-10-10")]
        day("2026-10-16")
        assert await released(database, "2026Q3") == [("2026Q3", "2026-10-15")]
    finally:
        due_dates.follow(Settings(service="planning"))


@pytest.mark.parametrize(
    ("name", "value"), [("RELEASE_DAY", "31"), ("RELEASE_MONTHS", "0"), ("RELEASE_CLOSE_AFTER", "soon")]
)
def test_a_calendar_that_cannot_be_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str):
    from shared.settings import Unset, from_environment

    monkeypatch.setenv(f"STEWARD_{name}", value)
    monkeypatch.setenv("STEWARD_DATABASE_URL", "postgresql://a@127.0.0.1:5432/b")
    monkeypatch.setenv("STEWARD_MODE", "local")
    with pytest.raises(Unset, match=f"^STEWARD_{name}: "):
        from_environment("planning")
