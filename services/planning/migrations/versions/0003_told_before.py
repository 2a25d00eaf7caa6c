"""A start knows in which federation the last one was, and a region keeps what its hub wrote into the catalogue.

A database from before this does not know it: its next start in a federation says everything again.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; a database from before 0001 was frozen may have them."""
    op.add_column(
        "instance_epoch",
        sa.Column("federation", sa.Text, comment="none, region or hub at the last start"),
        if_not_exists=True,
    )
    op.add_column(
        "intervention",
        sa.Column(
            "hub_epoch", sa.Integer, comment="of an entry that this region's hub wrote; null: of others"
        ),
        if_not_exists=True,
    )
    op.add_column("intervention", sa.Column("hub_version", sa.BigInteger), if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("intervention", "hub_version")
    op.drop_column("intervention", "hub_epoch")
    op.drop_column("instance_epoch", "federation")
