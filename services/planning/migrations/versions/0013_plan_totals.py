"""Totals of plans as releases show them.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an empty table: the service fills it when it starts with what was published before."""
    op.create_table(
        "plan_total",
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("unit_code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False, comment="of the item"),
        sa.Column("releases", ARRAY(sa.Integer()), nullable=False),
        sa.Column("figures", ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("period", "unit_code", name=op.f("pk_plan_total")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("plan_total")
