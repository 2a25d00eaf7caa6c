"""Everything that planning owns, its directory and its messaging tables.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.planning.migrations.first_revision import catalogue, plans
from shared.database.first_revision import directory, federation, messaging, totals

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTS = (messaging, federation, directory, totals, catalogue, plans)


def upgrade() -> None:
    """Create the schema's tables."""
    for part in _PARTS:
        part.create()


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    for part in reversed(_PARTS):
        for table in reversed(part.TABLES):
            op.drop_table(table)
