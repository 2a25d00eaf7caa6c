"""Boundaries of places are stored apart from their resources.

Revision ID: 0047
Revises: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "location_boundary",
        sa.Column("location_id", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("location_id", "digest", name=op.f("pk_location_boundary")),
        if_not_exists=True,
    )
    op.create_index("ix_location_boundary_digest", "location_boundary", ["digest"], if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("location_boundary")
