"""A service's role sees its own schema and nothing else."""

import subprocess
from collections.abc import Callable

import asyncpg
import pytest

from deploy import database
from deploy.local.postgres import binaries
from tests.servers import PASSWORDS, Databases


@pytest.fixture(scope="module")
async def together(databases: Databases) -> Callable[[str], str]:
    """One database that all services share, as the local stack has it."""
    admin = databases.server.url()
    await database.create_database(admin, "together")
    await database.create_schemas(admin, "together", ["planning", "registry"])
    return lambda service: database.service_url(admin, "together", service, PASSWORDS[service])


async def test_a_role_works_in_its_own_schema_without_naming_it(together: Callable[[str], str]):
    connection = await asyncpg.connect(together("planning"))
    await connection.execute("create table if not exists plan (id int)")
    schema = await connection.fetchval("select schemaname from pg_tables where tablename = 'plan'")
    await connection.close()
    assert schema == "planning"


@pytest.mark.parametrize(
    "statement",
    [
        "create table registry.stolen (id int)",
        "select * from registry.person",
        "create table public.shared (id int)",
        "create schema mine",
        "set role steward_registry",
        "create role other",
        "copy (select 1) to program 'true'",
    ],
)
async def test_a_role_reaches_nothing_else(together: Callable[[str], str], statement: str):
    registry = await asyncpg.connect(together("registry"))
    await registry.execute("create table if not exists person (id int)")
    await registry.close()
    planning = await asyncpg.connect(together("planning"))
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await planning.execute(statement)
    finally:
        await planning.close()


def psql(url: str) -> str:
    """What psql says to a connection that should fail."""
    command = [str(binaries() / "psql"), url, "-c", "select 1"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr


@pytest.mark.usefixtures("together")
@pytest.mark.parametrize("elsewhere", ["postgres", "template1"])
def test_a_role_enters_no_other_database(databases: Databases, elsewhere: str):
    url = database.service_url(databases.server.url(), elsewhere, "planning", PASSWORDS["planning"])
    assert "permission denied for database" in psql(url)


def test_a_wrong_password_is_refused(databases: Databases):
    url = database.service_url(databases.server.url(), "postgres", "planning", "guess")
    assert "password authentication failed" in psql(url)


async def test_a_fresh_database_is_migrated_and_empty(databases: Databases):
    url = databases.fresh("evaluation")
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select count(*) from outbox") == 0
    assert await connection.fetchval("select version_num from alembic_version")
    await connection.close()
    databases.drop(url)
