"""What became of the last replay of each dead letter.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import UUID

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an empty table."""
    op.create_table(
        "replay",
        sa.Column("consumer", sa.Text(), nullable=False),
        sa.Column("event_id", UUID(), nullable=False),
        sa.Column("replayed_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("replayed_by", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("place", sa.Text()),
        sa.PrimaryKeyConstraint("consumer", "event_id", name=op.f("pk_replay")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("replay")
