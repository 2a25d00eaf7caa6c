"""Coverage counts people in posts whose role has a profile.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; until assessment has said which roles have one, every post counts as before."""
    op.create_table(
        "profiled_role",
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("role_code", "valid_from", name=op.f("pk_profiled_role")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("profiled_role")
