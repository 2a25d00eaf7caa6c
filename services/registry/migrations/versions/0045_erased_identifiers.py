"""What systems called people who were erased is known again.

Revision ID: 0045
Revises: 0044
"""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "erased_identifier",
        sa.Column("digest", sa.LargeBinary, nullable=False),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_erased_identifier")),
        if_not_exists=True,
    )
    op.create_index("ix_erased_identifier_system_id", "erased_identifier", ["system_id"], if_not_exists=True)


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_table("erased_identifier")
