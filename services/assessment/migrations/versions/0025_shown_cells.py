"""What releases show of each cell, for reading around the people whom a reader knows.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the next start fills it from the documents."""
    op.create_table(
        "release_cell",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("cube", "period", "unit_code", "level")),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("above", sa.Text),
        sa.Column("figures", ARRAY(sa.Text), nullable=False),
        sa.Column("people", ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint(
            "cube", "period", "unit_code", "level", "number", name=op.f("pk_release_cell")
        ),
        if_not_exists=True,
    )
    op.create_index("ix_release_cell_above", "release_cell", ["cube", "period", "above"], if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("release_cell")
