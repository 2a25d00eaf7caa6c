"""Where regions are spoken to, and by which public keys.

Revision ID: 0050
Revises: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def _said() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in ("address", "sealing_key", "signing_key")]


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "own_address",
        sa.Column("one_row", sa.Boolean, nullable=False, server_default=sa.true()),
        *_said(),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.CheckConstraint("one_row", name=op.f("ck_own_address_one_row")),
        sa.PrimaryKeyConstraint("one_row", name=op.f("pk_own_address")),
        if_not_exists=True,
    )
    op.create_table(
        "region_address",
        sa.Column("region", sa.Text, nullable=False),
        *_said(),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("region", name=op.f("pk_region_address")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_table("region_address")
    op.drop_table("own_address")
