"""A total keeps what of a portion of its people was told last.

A database from before this told every portion with its total: of those the one that stands was told last.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

# lint: one-step: made before this was checked; only totals that are published already are changed
revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a database from before 0001 was frozen may have it."""
    op.add_column(
        "total_cell",
        sa.Column(
            "told",
            ARRAY(sa.BigInteger),
            comment="people and portion, when the portion was told last",
        ),
        if_not_exists=True,
    )
    op.execute("""
        update total_cell set told = array[people, figures[1]]
        where told is null and people is not null and figures[1] is not null
    """)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("total_cell", "told")
