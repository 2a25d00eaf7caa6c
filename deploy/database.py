"""A schema and a login role for each service, and the migrations of its schema.

A service's role owns its schema and sees no other; its tables may as well live in a database of
their own, since a service only knows its URL.
"""

import asyncio
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).parent / "migrations"
REFUSALS = (OSError, asyncpg.PostgresError, DBAPIError)  # wrong password, no server, no such database
ONE_MIGRATION_AT_A_TIME = 4_011_904  # advisory lock: replicas may all try at start-up
_BROKEN_INDEXES = """
    select indexrelid::regclass::text from pg_index join pg_class on pg_class.oid = indexrelid
    where not indisvalid and relkind = 'i' and relnamespace = current_schema()::regnamespace
"""
LOCK_TIMEOUT = "5s"  # while a revision waits for a table, everybody who comes after it waits too


def role_of(service: str) -> str:
    """The login role of a service."""
    return f"steward_{service}"


def service_url(admin_url: str, database: str, service: str, password: str) -> str:
    """URL by which `service` reaches its schema in `database` on the server of `admin_url`."""
    parts = urlsplit(admin_url)
    address = parts.netloc.rpartition("@")[2]
    return urlunsplit(("postgresql", f"{role_of(service)}:{password}@{address}", f"/{database}", "", ""))


async def create_database(admin_url: str, database: str, template: str = "template0") -> bool:
    """Create a database that nobody but its owner may enter; False when it exists.

    Another `template` than PostgreSQL's own is copied file by file: a fifth of the processor time of logging
    each of its pages, at the price of a checkpoint.
    """
    how = "" if template == "template0" else "strategy file_copy"
    connection = await asyncpg.connect(admin_url)
    try:
        for name in (database, "postgres", "template1"):
            known = await connection.fetchval("select 1 from pg_database where datname = $1", name)
            if not known:
                await connection.execute(f'create database "{name}" template "{template}" {how}')
            elif name == database:
                return False
            await connection.execute(f'revoke all on database "{name}" from public')
        return True
    finally:
        await connection.close()


async def create_roles(admin_url: str, passwords: dict[str, str]) -> None:
    """Create or update the login role of each service in `passwords`."""
    connection = await asyncpg.connect(admin_url)
    try:
        for service, password in passwords.items():
            role = role_of(service)
            known = await connection.fetchval("select 1 from pg_roles where rolname = $1", role)
            verb = "alter" if known else "create"
            secret = await connection.fetchval("select quote_literal($1::text)", password)
            await connection.execute(f'{verb} role "{role}" login nosuperuser password {secret}')
            await connection.execute(f'alter role "{role}" set search_path = "{service}"')
    finally:
        await connection.close()


async def create_schemas(admin_url: str, database: str, services: Sequence[str]) -> None:
    """Give each service its schema in `database`, and nobody the public one. Safe to repeat."""
    parts = urlsplit(admin_url)
    connection = await asyncpg.connect(urlunsplit(parts._replace(path=f"/{database}")))
    try:
        await connection.execute("revoke all on schema public from public")
        for service in services:
            role = role_of(service)
            await connection.execute(f'create schema if not exists "{service}" authorization "{role}"')
            await connection.execute(f'revoke all on schema "{service}" from public')
            await connection.execute(f'grant connect, temporary on database "{database}" to "{role}"')
    finally:
        await connection.close()


def versions_of(service: str) -> Path:
    """Where a service keeps its revisions."""
    spec = find_spec(f"services.{service}")
    if spec is None or not spec.submodule_search_locations:
        raise LookupError(f"There is no service {service!r}.")
    return Path(next(iter(spec.submodule_search_locations))) / "migrations" / "versions"


def alembic_config(service: str) -> Config:
    """Alembic's configuration for one service: the shared env.py, the service's own revisions."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("version_locations", str(versions_of(service)))
    config.set_main_option("path_separator", "os")
    return config


async def migrate(service: str, url: str, revision: str = "head") -> None:
    """Bring the schema of `service` at `url` (its own role) to `revision`, each revision in a transaction.

    A revision that waits for a lock longer than `LOCK_TIMEOUT` fails with a DBAPIError, and may be tried again.
    Raises DBAPIError for one that fails otherwise too; those before it are done.
    """
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    config = alembic_config(service)

    def upgrade(connection: Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

    try:
        async with engine.connect() as connection:
            await _alone(connection)
            await connection.execute(text(f"set lock_timeout = '{LOCK_TIMEOUT}'"))
            await _drop_broken_indexes(connection)
            await connection.commit()
            await connection.run_sync(upgrade)
    finally:
        await engine.dispose()


async def _alone(connection: AsyncConnection) -> None:
    """Wait until nobody else migrates this database; the lock ends with the connection.

    Asked again and again rather than waited for: a waiting statement keeps a snapshot, and an index
    that another replica builds concurrently waits for every older snapshot to end.
    """
    question = text("select pg_try_advisory_lock(:lock)")
    while not await connection.scalar(question, {"lock": ONE_MIGRATION_AT_A_TIME}):
        await connection.rollback()
        await asyncio.sleep(0.2)


async def _drop_broken_indexes(connection: AsyncConnection) -> None:
    """Drop what a concurrent build that failed left: "if not exists" would find it, and pass over it for good.

    Nobody else builds one now.
    """
    found = await connection.scalars(text(_BROKEN_INDEXES))
    for name in found.all():
        await connection.execute(text(f"drop index {name}"))
