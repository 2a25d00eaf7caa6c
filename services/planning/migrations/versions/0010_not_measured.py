"""A plan says which competencies its assessment did not score.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: of plans that are there already all competencies count as scored."""
    column: sa.Column[list[str]] = sa.Column(
        "not_measured", ARRAY(sa.Text), nullable=False, server_default="{}"
    )
    op.add_column("plan", column, if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("plan", "not_measured")
