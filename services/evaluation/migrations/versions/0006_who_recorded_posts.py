"""The directory knows when and by which sign-in a post was last written.

Empty until registry has published its people again, which it does by itself after its own revision.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, empty."""
    op.add_column("post", sa.Column("recorded_at", sa.DateTime(timezone=True)), if_not_exists=True)
    op.add_column("post", sa.Column("recorded_by", sa.Text), if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("post", "recorded_by")
    op.drop_column("post", "recorded_at")
