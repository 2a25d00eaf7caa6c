"""An assessment counts from the day of the last answer that it counts.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of assessments that are there already it is the day of completion."""
    op.add_column("assessment", sa.Column("measured_on", sa.Date), if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("assessment", "measured_on")
