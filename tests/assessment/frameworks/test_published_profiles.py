"""A hub says what it measures roles against, again after a restoration; who has no regions says nothing."""

from collections.abc import Callable

import pytest_asyncio
import sqlalchemy as sa

from services.assessment.frameworks.commands import delivered_content, role_profiles
from services.assessment.republish import resend
from shared.database.engine import Database
from shared.events import envelope
from shared.events.assessment import ProfilesPublished
from shared.events.framework import COMPETENCIES
from shared.federation import epochs
from shared.messaging import outbox
from shared.settings import Settings

DECODER = envelope.decoder(ProfilesPublished)
Configured = Callable[..., Settings]


@pytest_asyncio.fixture(loop_scope="module")
async def delivered(database: Database) -> Database:
    await delivered_content.load(database)
    return database


async def told(database: Database, fact: str) -> list[envelope.Envelope[ProfilesPublished]]:
    """What is said of a fact, in order."""
    async with database.transaction() as connection:
        rows = await connection.fetch(
            "select payload from outbox where subject like $1 order by id", f"%.{fact}.v1"
        )
    return [DECODER.decode(row["payload"]) for row in rows]


async def write(database: Database, settings: Settings, target: int) -> None:
    """An instance writes a profile of its own."""
    targets, weights = dict.fromkeys(COMPETENCIES, target), dict.fromkeys(COMPETENCIES, 2)
    written = role_profiles.Written("B", "facility", {"en": "Ward manager"}, targets, weights)
    async with database.session() as session:
        await role_profiles.put(session, settings, "ward-manager", written)


async def restored(database: Database, settings: Settings) -> None:
    """It starts in the next epoch."""
    outbox.speak_as("hub", settings.epoch)
    try:
        await epochs.step(settings, resend(settings))(database)
    finally:
        outbox.speak_as("local")


async def test_who_has_no_regions_says_nothing_of_its_profiles(
    delivered: Database, settings: Configured
) -> None:
    await write(delivered, settings("assessment"), 325)
    await restored(delivered, settings("assessment", epoch=2))
    assert await told(delivered, "profiles-published") == []
    assert await told(delivered, "overlay-published") == []


async def test_a_restored_hub_says_its_profiles_again_also_that_it_has_none(
    delivered: Database, settings: Configured
) -> None:
    await write(delivered, settings("assessment", federation="hub"), 350)
    await restored(delivered, settings("assessment", federation="hub", epoch=3))
    async with delivered.session() as session:
        await session.execute(sa.text("update role_profile set overridden = false"))
    await restored(delivered, settings("assessment", federation="hub", epoch=4))
    first, again, none = await told(delivered, "profiles-published")
    assert (first.epoch, again.epoch, none.epoch) == (1, 3, 4)
    assert [(item.role_code, item.version) for item in first.data.items] == [("ward-manager", 3)]
    assert again.data == first.data
    assert (none.data.items, none.data.profiles_version) == ([], 0)
    assert await told(delivered, "overlay-published") == []
