"""The index of hidden values goes: nobody counts what was announced any more.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEX = "ix_indicator_value_hidden"


def upgrade() -> None:
    """Drop it, while others write."""
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "indicator_value", postgresql_concurrently=True, if_exists=True)


def downgrade() -> None:
    """Make it again; only a development database ever does."""
    op.create_index(
        INDEX,
        "indicator_value",
        ["unit_code"],
        postgresql_where=sa.text("published_version > 0 and published_denominator is null"),
    )
