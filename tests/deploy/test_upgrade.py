"""A database from before hubs knew types of units and gave entries gets what it lacks, and keeps what it has."""

import asyncpg
import pytest

from deploy import database
from deploy.services import owners
from tests.servers import Databases

UNITS = """
drop index ix_national_unit_parent;
alter table national_unit drop column closed_on, drop column type;
insert into national_unit (region, unit_code, level, epoch, version) values ('north', 'N', 'region', 1, 1)
"""
LACKS = {"planning": "alter table intervention drop column hub_epoch, drop column hub_version"}


@pytest.mark.parametrize("service", owners())
async def test_an_earlier_database_is_brought_up_to_date(databases: Databases, service: str) -> None:
    url = databases.fresh(service)
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(UNITS)
        await connection.execute("insert into instance_epoch (epoch) values (4)")
        await connection.execute("alter table instance_epoch drop column federation")
        await connection.execute(LACKS.get(service, "select"))
        await connection.execute("update alembic_version set version_num = '0001'")
        await database.migrate(service, url)
        assert tuple(await connection.fetchrow("select epoch, federation from instance_epoch")) == (4, None)
        known = await connection.fetchrow("select unit_code, type, closed_on from national_unit")
        assert tuple(known) == ("N", None, None)
        assert await connection.fetchval("select to_regclass('ix_national_unit_parent') is not null")
        if service in LACKS:
            await connection.fetch("select hub_epoch, hub_version from intervention")
    finally:
        await connection.close()
    databases.drop(url)
