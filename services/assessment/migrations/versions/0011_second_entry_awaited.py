"""A typed-in answer may be awaited until it is confirmed.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; nobody asked for it before. A schema made before 0001 was frozen may have it."""
    column = sa.Column("awaiting_confirmation", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("response", column, if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("response", "awaiting_confirmation")
