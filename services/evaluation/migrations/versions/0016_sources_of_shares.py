"""What a share follows from, so that releases know another one of the same number.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a share gets its source when its person is measured next, before a release at the latest."""
    op.add_column("contribution", sa.Column("source", sa.Text), if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("contribution", "source")
