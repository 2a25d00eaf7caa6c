"""What a service's database has, beside what its code describes."""

import pkgutil
from importlib import import_module
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool


def described(service: str) -> sa.MetaData:
    """The service's metadata with every table on it: it may be spread over a package."""
    tables = import_module(f"services.{service}.tables")
    for module in pkgutil.iter_modules(tables.__path__, f"{tables.__name__}."):
        import_module(module.name)
    return tables.metadata


async def differences(service: str, url: str) -> list[Any]:
    """What alembic would change in the database at `url` to make it as the code describes."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)

    def compared(connection: sa.Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        return compare_metadata(context, described(service))

    async with engine.connect() as connection:
        found = await connection.run_sync(compared)
    await engine.dispose()
    return found
