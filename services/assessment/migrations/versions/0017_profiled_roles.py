"""The roles that have a profile are published, for those who count people in leadership posts.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; the next start publishes what it then holds."""
    op.create_table(
        "profiled_roles",
        sa.Column("one", sa.Boolean, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("role_codes", ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_profiled_roles")),
        sa.CheckConstraint("one", name=op.f("ck_profiled_roles_one_row")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("profiled_roles")
