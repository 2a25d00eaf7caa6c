"""People who were erased are found without looking at everybody.

Revision ID: 0044
Revises: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index beside running work; what a build that failed left is dropped before the next try."""
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_person_erased",
            "person",
            ["person_id"],
            postgresql_where=sa.text("erased"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    with op.get_context().autocommit_block():
        op.drop_index("ix_person_erased", "person", postgresql_concurrently=True, if_exists=True)
