"""Which system has the say about a field of people whom several know.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "field_precedence",
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("systems", ARRAY(sa.Text), nullable=False, comment="ids, the first one decides"),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("field", name=op.f("pk_field_precedence")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_table("field_precedence")
