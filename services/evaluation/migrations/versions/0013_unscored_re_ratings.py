"""Re-ratings that ended without a score.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an empty table: of those that ended before nothing was published."""
    op.create_table(
        "unscored_re_rating",
        sa.Column("assessment_id", UUID(), nullable=False),
        sa.Column("plan_id", UUID(), nullable=False),
        sa.Column("person_id", UUID(), nullable=False),
        sa.Column("days", sa.SmallInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("assessment_id", name=op.f("pk_unscored_re_rating")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_unscored_re_rating_plan_id"), "unscored_re_rating", ["plan_id"], if_not_exists=True
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("unscored_re_rating")
