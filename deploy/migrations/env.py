"""Alembic's environment, one for every service: revisions run on the connection they are given, or as text."""

from alembic import context

connection = context.config.attributes.get("connection")

# No schema name anywhere: the role's search_path is its schema, alembic_version included.
if context.is_offline_mode():
    context.configure(dialect_name="postgresql", transactional_ddl=True, transaction_per_migration=True)
else:
    context.configure(connection=connection, transactional_ddl=True, transaction_per_migration=True)
with context.begin_transaction():
    context.run_migrations()
