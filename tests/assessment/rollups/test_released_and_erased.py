"""People who count in releases are erased: documents stay as they are, byte for byte, at a region and its hub."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from services.assessment import consumers
from services.assessment.national.commands import take_releases
from services.assessment.rollups.commands import rebuild
from shared.database.engine import Database
from shared.erasure import pseudonyms
from shared.events.registry import PersonErased
from shared.events.release_parts import RollupReleasePublished
from shared.federation import regional_tables
from shared.releases import document_events
from shared.releases.tables import release
from tests.assessment import world
from tests.assessment.cycles.test_cycles import rows
from tests.assessment.rollups import releasing
from tests.assessment.rollups.test_rollups import crowd, empty
from tests.assessment.test_consumers import hear, received
from tests.assessment.world import identity
from tests.erased import mentions

ERASED = ("a0", "a1", "b0")
ORDER = (release.c.cube, release.c.period, release.c.number)
TOTALS = sa.text("select * from published_rollup order by 1, 2, 3")
NATIONAL = sa.text("select * from national_figure order by 1, 2, 3, 4, 5")


@pytest.fixture(scope="module", autouse=True)
def pepper() -> None:
    pseudonyms.use(world.PEPPER)


async def documents(database: Database) -> list[tuple[Any, ...]]:
    """Every release of the region's own, with its document."""
    found = await rows(database, sa.select(*ORDER, release.c.digest, release.c.document).order_by(*ORDER))
    return [tuple(each.values()) for each in found]


async def at_hub(database: Database) -> tuple[list[Any], list[Any]]:
    """What a hub stores of the region's releases, and shows of them."""
    stored = sa.select(regional_tables.release.c.number, regional_tables.release.c.document)
    return await rows(database, stored.order_by(regional_tables.release.c.number)), await rows(
        database, NATIONAL
    )


async def sent_up(database: Database) -> None:
    """The hub hears every release of the region, again where it has heard of it before."""
    async with database.session() as session:
        found = await session.execute(
            sa.select(*ORDER, release.c.as_of, release.c.digest, release.c.document)
        )
        for *of, document in found.all():
            events = document_events.events(RollupReleasePublished, tuple(of), document.encode())
            await take_releases(session, received(*events))


def cells(one: tuple[Any, ...]) -> Any:
    """What a release says of groups, without its number and day."""
    document = orjson.loads(one[-1])
    return {name: value for name, value in document.items() if name not in ("number", "as_of", "corrects")}


async def test_documents_and_totals_are_the_same_and_so_is_the_next_release(database: Database):
    await empty(database)
    await crowd(database, "a", "F1", 7)
    await crowd(database, "b", "F2", 6)
    await releasing.publish(database)
    await crowd(database, "c", "F1", 5)
    await releasing.publish(database)
    await sent_up(database)
    before, totals, hub = await documents(database), await rows(database, TOTALS), await at_hub(database)
    assert len(before) == 2
    assert totals
    assert all(hub), "the hub has them"
    assert await mentions(database, *(str(identity(name)) for name in ERASED), but=("outbox",))
    moment = datetime(2026, 10, 1, tzinfo=UTC)
    for name in ERASED:
        event = PersonErased(person_id=str(identity(name)), erased_at=moment, confirmed_by="k", digest="d")
        await hear(database, consumers.person_erased, event)
    names = [str(identity(name)) for name in ERASED]
    assert await mentions(database, *names, but=("outbox", "erased_person")) == []
    await sent_up(database)
    assert (await documents(database), await rows(database, TOTALS)) == (before, totals)
    assert await at_hub(database) == hub
    async with database.session() as session:
        await rebuild.recount(session)
    await releasing.publish(database)
    assert (await documents(database))[:2] == before
    assert [each for each in (await documents(database))[2:] if cells(each) != cells(before[1])] == []
    assert await rows(database, TOTALS) == totals
