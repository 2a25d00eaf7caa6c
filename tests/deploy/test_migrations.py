"""Each service's revisions make exactly the tables that its code describes, and may be run at any time."""

import asyncio
import shutil
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy.exc import DBAPIError

from deploy import database
from deploy.services import owners
from tests.deploy.schemas import described, differences
from tests.servers import PASSWORDS, Databases

CONCURRENTLY = """
from alembic import op

revision = "next"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_poison_event_id", "poison", ["event_id"], postgresql_concurrently=True, if_not_exists=True
        )
"""


async def empty(databases: Databases, service: str) -> str:
    """URL of a database without tables."""
    admin, name = databases.server.url(), f"empty_{service}"
    await database.create_database(admin, name)
    await database.create_schemas(admin, name, [service])
    return database.service_url(admin, name, service, PASSWORDS[service])


@pytest.mark.parametrize("service", owners())
async def test_the_migrated_schema_is_what_the_code_describes(databases: Databases, service: str):
    url = databases.fresh(service)
    assert len(described(service).tables) > 20
    assert await differences(service, url) == []
    databases.drop(url)


@pytest.mark.parametrize("service", owners())
def test_a_service_has_one_line_of_revisions(service: str):
    script = ScriptDirectory.from_config(database.alembic_config(service))
    assert len(script.get_heads()) == 1


@pytest.fixture
def with_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more revision of evaluation, which builds an index while others work."""
    versions = tmp_path / "versions"
    shutil.copytree(database.versions_of("evaluation"), versions)
    head = ScriptDirectory.from_config(database.alembic_config("evaluation")).get_current_head()
    (versions / "next.py").write_text(CONCURRENTLY.format(down=head))
    monkeypatch.setattr(database, "versions_of", lambda service: versions)


@pytest.mark.usefixtures("with_an_index")
async def test_replicas_may_migrate_at_once(databases: Databases):
    url = await empty(databases, "evaluation")
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(database.migrate("evaluation", url))
    connection = await asyncpg.connect(url)
    try:
        assert await connection.fetchval("select version_num from alembic_version") == "next"
        assert await connection.fetchval(
            "select indisvalid from pg_index where indexrelid = 'ix_poison_event_id'::regclass"
        )
    finally:
        await connection.close()
    databases.drop(url)


async def test_a_revision_does_not_wait_for_ever(databases: Databases, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(database, "LOCK_TIMEOUT", "50ms")
    url = await empty(databases, "planning")
    await database.migrate("planning", url, "0001")
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.fetch("select 1 from national_unit")  # what the next revision changes
            with pytest.raises(DBAPIError, match="lock timeout"):
                await database.migrate("planning", url)
        await database.migrate("planning", url)
        assert await differences("planning", url) == []
    finally:
        await connection.close()
    databases.drop(url)


@pytest.mark.usefixtures("with_an_index")
async def test_an_index_whose_building_was_broken_off_is_built_again(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
):
    """PostgreSQL leaves it there, good for nothing, and a revision that finds it would pass over it."""
    url = await empty(databases, "evaluation")
    await database.migrate("evaluation", url, "0005")
    valid = "select indisvalid from pg_index where indexrelid = to_regclass('ix_poison_event_id')"
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("lock table poison in row exclusive mode")  # somebody writes
            with monkeypatch.context() as change:
                change.setattr(database, "LOCK_TIMEOUT", "50ms")
                with pytest.raises(DBAPIError, match="lock timeout"):
                    await database.migrate("evaluation", url)
        assert await connection.fetchval(valid) is False
        await database.migrate("evaluation", url)
        assert await connection.fetchval(valid) is True
    finally:
        await connection.close()
    databases.drop(url)


STEP = """
from alembic import op

revision, down_revision, branch_labels, depends_on = {name!r}, {down!r}, None, None


def upgrade() -> None:
    op.execute("create table {name} (id int)")
    op.execute("insert into {name} select {value}")
"""


async def test_a_migration_that_fails_in_the_middle_goes_on_there(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    versions = tmp_path / "versions"
    versions.mkdir()
    monkeypatch.setattr(database, "versions_of", lambda service: versions)

    def write(name: str, down: str | None, value: str) -> None:
        (versions / f"{name}.py").write_text(STEP.format(name=name, down=down, value=value))

    write("one", None, "1")
    write("two", "one", "1 / 0")
    write("three", "two", "3")
    url = await empty(databases, "evaluation")
    connection = await asyncpg.connect(url)
    known = "select version_num, to_regclass('two')::text, to_regclass('three')::text from alembic_version"
    try:
        for _ in range(2):
            with pytest.raises(DBAPIError, match="division by zero"):
                await database.migrate("evaluation", url)
            assert tuple(await connection.fetchrow(known)) == ("one", None, None)
        write("two", "one", "2")
        await database.migrate("evaluation", url)
        assert tuple(await connection.fetchrow(known)) == ("three", "two", "three")
    finally:
        await connection.close()
    databases.drop(url)
