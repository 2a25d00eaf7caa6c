"""An operator may drop a dead letter: when, who, and why.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add empty columns; a schema made before the first revision was frozen may have them."""
    op.add_column("poison", sa.Column("dropped_at", sa.DateTime(timezone=True)), if_not_exists=True)
    op.add_column("poison", sa.Column("dropped_by", sa.Text()), if_not_exists=True)
    op.add_column("poison", sa.Column("drop_reason", sa.Text()), if_not_exists=True)
    op.add_column("poison", sa.Column("drop_ticket", sa.Text()), if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    for name in ("dropped_at", "dropped_by", "drop_reason", "drop_ticket"):
        op.drop_column("poison", name)
