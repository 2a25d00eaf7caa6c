"""A start knows in which federation the last one was, and a region keeps what its hub wrote into the catalogue.

A database from before this does not know it: its next start in a federation says everything again.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a fresh schema has them from its first revision."""
    op.execute("alter table instance_epoch add column if not exists federation text")
    op.execute("alter table intervention add column if not exists hub_epoch integer")
    op.execute("alter table intervention add column if not exists hub_version bigint")


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.execute("alter table intervention drop column hub_version")
    op.execute("alter table intervention drop column hub_epoch")
    op.execute("alter table instance_epoch drop column federation")
