"""Which targets and weights a cycle takes over, and which instrument the submit path reads."""

import pytest
import pytest_asyncio

from services.assessment.frameworks.commands import delivered_content, instruments
from services.assessment.frameworks.commands.instruments import Profile, adapted
from services.assessment.tables.frameworks import framework_version
from shared import clock
from shared.errors import Conflict


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded(database):
    instruments._known.clear()
    await delivered_content.load(database)
    return database


async def test_an_overlay_weighs_competencies_anew(loaded):
    async with loaded.reading() as session:
        core = await instruments.profiles(session, "steward-core", 1, ["ward-manager", "nobody"])
        emergency = await instruments.profiles(session, "emergency", 1, ["ward-manager"])
    assert core == {"ward-manager": Profile([400] * 11, [1, 1, 1, 1, 1, 2, 1, 2, 1, 2, 2])}
    assert emergency["ward-manager"].weights == [1, 2, 1, 2, 2, 2, 1, 2, 1, 2, 2]


def test_an_overlay_sets_targets_anew():
    assert adapted(Profile([400] * 11, [1] * 11), {"SC": 5}, {}).targets == [400] * 10 + [500]


async def test_overlay_items_stand_behind_the_cores_of_their_competency(loaded):
    async with loaded.transaction() as connection:
        found = await instruments.instrument(connection, "emergency", 1, "B")
    assert found.item_codes[3:7] == ("GV-B-1", "GV-B-2", "GV-B-3", "GV-B-EM1")
    assert found.layout.bounds[:3] == ((0, 3), (3, 7), (7, 10))


async def test_a_published_instrument_is_read_once(loaded):
    async with loaded.transaction() as connection:
        first = await instruments.instrument(connection, "steward-core", 1, "A")
    assert await instruments.instrument(None, "steward-core", 1, "A") is first


async def test_a_draft_is_no_instrument(loaded):
    async with loaded.session() as session:
        values = {"framework_code": "draft", "framework_version": 1, "state": "draft", "content": {}}
        await session.execute(framework_version.insert().values(**values, changed_at=clock.now()))
    async with loaded.transaction() as connection:
        with pytest.raises(Conflict, match="framework-unpublished"):
            await instruments.instrument(connection, "draft", 1, "B")
