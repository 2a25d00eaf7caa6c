"""An activity that ended by itself says why.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("activity", sa.Column("end_reason", sa.Text), if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("activity", "end_reason")
