"""What a hub publishes, said again, and what comes with the software behind the hub's."""

import pytest_asyncio

from services.assessment.frameworks.commands import delivered_content, frameworks, from_hub
from services.assessment.republish import resend
from shared.events import envelope
from shared.events.assessment import FrameworkPublished
from shared.messaging import outbox
from tests.assessment.region import CODE, framework, published

DECODER = envelope.decoder(FrameworkPublished)


@pytest_asyncio.fixture(loop_scope="module")
async def delivered(database):
    await delivered_content.load(database)
    return database


async def sent(database) -> list[FrameworkPublished]:
    """What is said of frameworks, the latest last."""
    async with database.transaction() as connection:
        rows = await connection.fetch(
            "select payload from outbox where subject like '%.framework-published.v1' order by id"
        )
    return [DECODER.decode(row["payload"]).data for row in rows]


async def test_a_hub_says_all_versions_again_each_core_before_its_overlays(delivered, settings):
    first = await sent(delivered)
    assert [event.framework_code for event in first] == [CODE, "emergency"]
    outbox.speak_as("hub", 2)
    try:
        async with delivered.session() as session:
            await resend(settings("assessment", federation="hub"))(session)
    finally:
        outbox.speak_as("local")
    assert [event.content for event in (await sent(delivered))[2:]] == [event.content for event in first]


async def test_what_a_hub_sends_is_taken_as_it_is_written(delivered):
    async with delivered.session() as session:
        for event in await sent(delivered):
            await from_hub.adopt(session, event)
        row = await frameworks.locked(session, CODE, 1)
    assert row["version"] == 2  # drafted and published, by the software


async def test_a_delivered_version_behind_the_hubs_is_stored_without_a_word(delivered, monkeypatch):
    async with delivered.session() as session:
        await from_hub.adopt(session, published(framework(9)))
    said = len(await sent(delivered))
    monkeypatch.setattr(delivered_content, "FRAMEWORKS", ("framework.json",))
    monkeypatch.setattr(delivered_content, "read", lambda name: framework(5) | {"roles": []})
    await delivered_content.load(delivered)
    async with delivered.session() as session:
        assert (await frameworks.locked(session, CODE, 5))["state"] == "published"
    assert len(await sent(delivered)) == said
