"""Established posts, norms of posts, and minimums of staff.

Revision ID: 0026
Revises: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_TABLES = {
    "established_post": ("unit_code", "role_code", "posts"),
    "post_norm": ("unit_type", "role_code", "posts"),
    "staffing_minimum": ("unit_code", "cadre", "staff"),
}


def upgrade() -> None:
    """Make the tables."""
    for name, (first, second, amount) in _TABLES.items():
        op.create_table(
            name,
            sa.Column(first, sa.Text, nullable=False),
            sa.Column(second, sa.Text, nullable=False),
            sa.Column("valid_from", sa.Date, nullable=False),
            sa.Column(amount, sa.Integer, nullable=False),
            sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
            sa.Column("recorded_by", sa.Text, nullable=False),
            sa.PrimaryKeyConstraint(first, second, "valid_from", name=op.f(f"pk_{name}")),
            sa.CheckConstraint(f"{amount} >= 0", name=op.f(f"ck_{name}_{amount}")),
            if_not_exists=True,
        )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for name in _TABLES:
        op.drop_table(name)
