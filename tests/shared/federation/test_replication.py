"""What others published, of every type of column: of each thing the newest, of nobody else's anything."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from shared.database.engine import Database
from shared.federation import epochs
from shared.federation.replication import ONE_HUB, Replicated
from shared.messaging.subscriptions import Received
from shared.settings import Settings
from tests.shared.conftest import fresh_database

METADATA = sa.MetaData()
epochs.tables(METADATA)
THING = sa.Table(
    "thing",
    METADATA,
    sa.Column("own", sa.Boolean, primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("name", JSONB, nullable=False),
    sa.Column("weights", ARRAY(sa.SmallInteger)),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("trace_id", sa.Text),
)
OFFER = sa.Table(
    "offer",
    METADATA,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("offered", sa.Boolean, nullable=False),
    sa.Column("own_version", sa.Integer),
    sa.Column("hub_epoch", sa.Integer),
    sa.Column("hub_version", sa.BigInteger),
)
OFFERS = Replicated(
    "offer",
    OFFER,
    ("code",),
    ONE_HUB,
    order=("hub_epoch", "hub_version"),
    ours=("own_version",),
    unless="stored.own_version is not null",
    withdrawn="offered = false, hub_version = 0",
)
THINGS = Replicated("thing", THING, ("own", "region", "code"), "not stored.own and stored.region = $1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def database(databases) -> AsyncIterator[Database]:
    opened = Database(Settings(service="planning", database_url=await fresh_database(databases, METADATA)))
    yield opened
    await opened.close()


@pytest_asyncio.fixture(autouse=True)
async def empty(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("truncate thing, offer, heard_epoch, instance_epoch")


def event(region: str = "north", epoch: int = 1) -> Received:
    return Received(uuid4(), None, "", 0, region, datetime.now(UTC), epoch)


def row(version: int, code: str = "A", **more: object) -> dict[str, object]:
    return {
        "own": False,
        "code": code,
        "version": version,
        "name": {"en": f"A {version}"},
        "weights": [1, 2],
    } | more


async def take(database: Database, *published) -> None:
    async with database.session() as session:
        await THINGS.take(session, published)


async def stored(database: Database) -> dict[tuple[str, str], tuple[int, int]]:
    async with database.reading() as session:
        found = await session.execute(sa.select(THING).where(~THING.c.own))
        return {(one.region, one.code): (one.epoch, one.version) for one in found}


async def test_every_column_comes_back_as_it_was(database: Database) -> None:
    texts = {"en": 'Quotes " and {braces}', "fr": "é"}
    await take(database, (event(), [row(3, name=texts, weights=[5, -1]), row(1, "B", weights=None)]))
    async with database.reading() as session:
        first, second = (await session.execute(sa.select(THING).order_by(THING.c.code))).all()
    assert (first.name, first.weights, first.version, first.region) == (texts, [5, -1], 3, "north")
    assert second.weights is None
    assert first.received_at is not None


@pytest.mark.parametrize("versions", [(1, 2), (2, 1), (2, 2)])
async def test_the_newest_stays_whatever_the_order(database: Database, versions: tuple[int, int]) -> None:
    for version in versions:
        await take(database, (event(), [row(version)]))
    assert await stored(database) == {("north", "A"): (1, 2)}


async def test_one_batch_may_hold_several_versions_and_regions(database: Database) -> None:
    await take(database, (event(), [row(2), row(1)]), (event("south"), [row(7)]), (event(), [row(3), row(1)]))
    assert await stored(database) == {("north", "A"): (1, 3), ("south", "A"): (1, 7)}


async def test_a_new_epoch_forgets_what_it_does_not_publish_again_of_that_region_alone(
    database: Database,
) -> None:
    await take(database, (event(), [row(9), row(9, "B")]), (event("south"), [row(4)]))
    async with database.transaction() as connection:
        await connection.execute(
            "insert into thing select true, region, code, 1, 1, name, null, now(), null from thing"
        )
    await take(database, (event(epoch=2), [row(1)]), (event(epoch=1), [row(10, "B")]))
    assert await stored(database) == {("north", "A"): (2, 1), ("south", "A"): (1, 4)}
    async with database.reading() as session:
        assert await session.scalar(sa.select(sa.func.count()).where(THING.c.own)) == 3


async def test_an_empty_event_of_a_new_epoch_forgets_everything(database: Database) -> None:
    await take(database, (event(), [row(9)]))
    await take(database, (event(epoch=2), []))
    assert await stored(database) == {}


@pytest.mark.parametrize(("federation", "count"), [("region", 1), ("hub", 0), ("none", 0)])
async def test_only_a_region_takes_what_a_hub_publishes(
    database: Database, federation: str, count: int
) -> None:
    async with database.transaction() as connection:
        await connection.execute("insert into instance_epoch (epoch, federation) values (1, $1)", federation)
    async with database.session() as session:
        await THINGS.take_of_hub(session, event("hub"), [row(1)])
    assert len(await stored(database)) == count


async def test_own_rows_stay_and_rows_that_others_refer_to_are_withdrawn(database: Database) -> None:
    async def offers(epoch: int, **versions: int) -> dict[str, tuple[bool, int | None, int | None]]:
        rows = [{"code": code, "offered": True, "hub_version": version} for code, version in versions.items()]
        async with database.session() as session:
            await OFFERS.take(session, [(event("hub", epoch), rows)])
            found = await session.execute(sa.select(OFFER))
            return {one.code: (one.offered, one.hub_epoch, one.hub_version) for one in found}

    async with database.transaction() as connection:
        await connection.execute("insert into offer values ('own', true, 1), ('delivered', false, null)")
    own = {"own": (True, None, None)}
    first = await offers(1, own=9, delivered=1, new=2)
    assert first == own | {"delivered": (True, 1, 1), "new": (True, 1, 2)}
    assert await offers(2, new=1) == own | {"delivered": (False, 2, 0), "new": (True, 2, 1)}
    assert (await offers(2, delivered=1))["delivered"] == (True, 2, 1)
