"""Who counts, and live roll-ups, have the people whose score rests on the self score alone.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns: nobody yet; the next revision counts."""
    op.add_column(
        "counted",
        sa.Column(
            "unverified",
            ARRAY(sa.Boolean),
            server_default="{f,f,f,f,f,f,f,f,f,f,f}",
            nullable=False,
        ),
        if_not_exists=True,
    )
    op.add_column(
        "rollup",
        sa.Column(
            "unverified",
            ARRAY(sa.Integer),
            server_default="{0,0,0,0,0,0,0,0,0,0,0}",
            nullable=False,
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("rollup", "unverified")
    op.drop_column("counted", "unverified")
