"""Two records of one person become one: which was merged into which, and what each had before.

Revision ID: 0033
Revises: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, empty, and the table."""
    op.add_column(
        "person",
        sa.Column("merged_into", sa.UUID, comment="the record that this one is part of now"),
        if_not_exists=True,
    )
    op.create_table(
        "person_merge",
        sa.Column("merge_id", sa.UUID, server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("survivor_id", sa.UUID, nullable=False),
        sa.Column("merged_id", sa.UUID, nullable=False),
        sa.Column("belongings", JSONB, nullable=False, comment="of both before, to be given back"),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("merged_by", sa.Text, nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True)),
        sa.Column("undone_by", sa.Text),
        sa.PrimaryKeyConstraint("merge_id", name=op.f("pk_person_merge")),
        if_not_exists=True,
    )
    op.create_index(
        "ix_person_merge_merged_id",
        "person_merge",
        ["merged_id"],
        unique=True,
        postgresql_where=sa.text("undone_at is null"),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_person_merge_survivor_id"), "person_merge", ["survivor_id"], if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_table("person_merge")
    op.drop_column("person", "merged_into")
