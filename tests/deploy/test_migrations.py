"""Each service's revisions make exactly the tables that its code describes."""

import asyncio
import re
from importlib import import_module

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from deploy import database
from deploy.services import owners
from tests.servers import Databases


def metadata_of(service: str):
    """The service's metadata with every table on it: it may be spread over a package."""
    versions = database.versions_of(service)
    for revision in sorted(versions.glob("0001*.py")):
        for line in re.findall(r"^from services\.\S+ import .*$", revision.read_text(), re.MULTILINE):
            exec(line, {})  # brings the modules in that the first revision builds from
    return import_module(f"services.{service}.tables").metadata


@pytest.mark.parametrize("service", owners())
async def test_the_migrated_schema_is_what_the_code_describes(databases: Databases, service: str):
    url = databases.fresh(service)
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)
    metadata = metadata_of(service)

    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        return compare_metadata(context, metadata)

    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()
    databases.drop(url)


@pytest.mark.parametrize("service", owners())
def test_a_service_has_one_line_of_revisions(service: str):
    script = ScriptDirectory.from_config(database.alembic_config(service))
    assert len(script.get_heads()) == 1


async def test_replicas_may_migrate_at_once(databases: Databases):
    admin = databases.server.url()
    await database.create_database(admin, "at_once")
    await database.create_schemas(admin, "at_once", ["evaluation"])
    url = database.service_url(admin, "at_once", "evaluation", "evaluation-secret")
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(database.migrate("evaluation", url))
    databases.drop(url)
