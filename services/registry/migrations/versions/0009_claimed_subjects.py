"""A sign-in that somebody else has, out of the client's sight, is kept as claimed.

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
    """Make the table."""
    op.create_table(
        "claimed_subject",
        sa.Column("person_id", sa.UUID, sa.ForeignKey("person.person_id"), primary_key=True),
        sa.Column("subject_key", sa.Text, primary_key=True),
        sa.Column("iss", sa.Text, nullable=False),
        sa.Column("sub", sa.Text, nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_table("claimed_subject")
