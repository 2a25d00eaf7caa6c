"""The index of untold values goes: nothing is announced any more.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEX = "ix_indicator_value_untold"


def upgrade() -> None:
    """Drop it, while others write."""
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "indicator_value", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    """Make it again; only a development database ever does."""
    op.create_index(
        INDEX,
        "indicator_value",
        ["indicator", "period", "unit_code"],
        postgresql_where=sa.text("published_version = 0"),
    )
