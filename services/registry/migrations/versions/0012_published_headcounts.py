"""What releases of headcounts show, a row for each cell.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "published_headcount",
        sa.Column("unit_code", sa.Text, primary_key=True),
        sa.Column("level", sa.Text, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("people", sa.Integer),
        sa.Column("women", sa.Integer),
        sa.Column("as_of", sa.Date, comment="date of the release"),
        sa.Column("women_as_of", sa.Date, comment="date of the newest release that shows women"),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_table("published_headcount")
