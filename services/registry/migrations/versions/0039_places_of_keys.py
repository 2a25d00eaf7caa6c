"""Keys by which people meet say where their posts are, so that a limit counts those of one part of the tree alone.

The table of keys without places, `match_key`, stays for old code during an upgrade.

Revision ID: 0039
Revises: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the column of pairs."""
    op.create_table(
        "placed_match_key",
        sa.Column("key", sa.Text(collation="C"), nullable=False),
        sa.Column("place", sa.Text(collation="C"), nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.PrimaryKeyConstraint("key", "place", "person_id", name=op.f("pk_placed_match_key")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_placed_match_key_person_id"), "placed_match_key", ["person_id"], if_not_exists=True
    )
    op.add_column(
        "match_review",
        sa.Column("nationwide", sa.Boolean, server_default=sa.false(), nullable=False),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_column("match_review", "nationwide")
    op.drop_table("placed_match_key")
