"""Alembic's environment, one for every service: revisions run on the connection they are given."""

from alembic import context

connection = context.config.attributes["connection"]

# No schema name anywhere: the role's search_path is its schema, alembic_version included.
context.configure(connection=connection, transactional_ddl=True, transaction_per_migration=False)
with context.begin_transaction():
    context.run_migrations()
