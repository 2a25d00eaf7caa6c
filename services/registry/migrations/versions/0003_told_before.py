"""A start knows in which federation the last one was.

A database from before this does not know it: its next start in a federation says everything again.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a database from before 0001 was frozen may have them."""
    op.add_column(
        "instance_epoch",
        sa.Column("federation", sa.Text, comment="none, region or hub at the last start"),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("instance_epoch", "federation")
