"""A hub keeps type and closing day of its regions' units, and finds the units below one.

Of a unit that came before this both stay unknown until its region sends it again.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

# lint: require-concurrent-index-creation: made before this was checked; a hub had some thousand such rows
revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns and the index; a database from before 0001 was frozen may have them."""
    op.add_column("national_unit", sa.Column("type", sa.Text), if_not_exists=True)
    op.add_column("national_unit", sa.Column("closed_on", sa.Date), if_not_exists=True)
    op.create_index(
        "ix_national_unit_parent", "national_unit", ["region", "parent", "unit_code"], if_not_exists=True
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_index("ix_national_unit_parent")
    op.drop_column("national_unit", "closed_on")
    op.drop_column("national_unit", "type")
