"""A hub knows the names of its regions' units.

Of a unit that came before this it stays unknown until its region sends it again.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    comment = "null: of a region whose version does not say it"
    op.add_column("national_unit", sa.Column("name", sa.Text, comment=comment), if_not_exists=True)


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_column("national_unit", "name")
