"""Rows about people who were erased are known as such, and their ids are known when late news of them come.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the column."""
    op.create_table(
        "erased_person",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erased_person")),
        if_not_exists=True,
    )
    erased = sa.Column("erased", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("person", erased, if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("person", "erased")
    op.drop_table("erased_person")
