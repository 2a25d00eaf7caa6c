"""Whose record is part of another one, and whom rows were made for that are of somebody else since.

Revision ID: 0027
Revises: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "person_alias",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("merged_into", sa.UUID),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_alias")),
        if_not_exists=True,
    )
    op.create_table(
        "rekeyed_row",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("row_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("state", sa.Text),
        sa.PrimaryKeyConstraint("kind", "row_id", name=op.f("pk_rekeyed_row")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_rekeyed_row_person_id"), "rekeyed_row", ["person_id"], if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_table("rekeyed_row")
    op.drop_table("person_alias")
