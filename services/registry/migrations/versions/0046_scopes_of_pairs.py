"""A pair says in which parts of the tree it was found, and for whose units, so that it tells of no others.

Revision ID: 0046
Revises: 0045
"""

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the columns of pairs."""
    op.create_table(
        "match_scope",
        sa.Column("scope_id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column(
            "units", postgresql.ARRAY(sa.Text), nullable=False, comment="in order, none inside another"
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("scope_id", name=op.f("pk_match_scope")),
        sa.UniqueConstraint("units", name=op.f("uq_match_scope_units")),
        if_not_exists=True,
    )
    for name, kind, comment in (
        ("met_in", sa.Text, "units in whose part of the tree they met; null: of before"),
        ("scopes", sa.BigInteger, "of match_scope, for whose units together they met"),
    ):
        column: sa.Column[Any] = sa.Column(name, postgresql.ARRAY(kind), comment=comment)
        op.add_column("match_review", column, if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_column("match_review", "scopes")
    op.drop_column("match_review", "met_in")
    op.drop_table("match_scope")
