"""A cycle may be meant to ask again about posts that another one is asking about.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; drafts that are there do not mean it."""
    column = sa.Column("overlapping", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("cycle", column, if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("cycle", "overlapping")
