"""A database at its first revision gets what it lacks, and keeps what it has."""

import asyncpg
import pytest

from deploy import database
from deploy.services import owners
from tests.deploy.schemas import differences
from tests.servers import PASSWORDS, Databases

UNIT = "insert into national_unit (region, unit_code, level, epoch, version) values ('north', 'N', 'region', 1, 1)"


@pytest.mark.parametrize("service", owners())
async def test_an_earlier_database_is_brought_up_to_date(databases: Databases, service: str) -> None:
    admin = databases.server.url()
    await database.create_database(admin, f"earlier_{service}")
    await database.create_schemas(admin, f"earlier_{service}", [service])
    url = database.service_url(admin, f"earlier_{service}", service, PASSWORDS[service])
    await database.migrate(service, url, "0001")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(UNIT)
        await connection.execute("insert into instance_epoch (epoch) values (4)")
        await database.migrate(service, url)
        assert tuple(await connection.fetchrow("select epoch, federation from instance_epoch")) == (4, None)
        known = await connection.fetchrow("select unit_code, type, closed_on from national_unit")
        assert tuple(known) == ("N", None, None)
        assert await differences(service, url) == []
    finally:
        await connection.close()
    databases.drop(url)


@pytest.mark.parametrize("service", owners())
async def test_a_first_revision_that_made_everything_is_brought_up_to_date(
    databases: Databases, service: str
) -> None:
    """As the first revision did before it was frozen: it made the tables that the code described on that day."""
    url = databases.fresh(service)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("update alembic_version set version_num = '0001'")
        await database.migrate(service, url)
    finally:
        await connection.close()
    assert await differences(service, url) == []
    databases.drop(url)
