"""Facts, contributions, indicator values and the directory.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.evaluation.migrations.first_revision import facts, indicators, targets
from shared.database.first_revision import directory, federation, messaging

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTS = (messaging, federation, directory, facts, indicators, targets)


def upgrade() -> None:
    """Create the schema's tables."""
    for part in _PARTS:
        part.create()


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    for part in reversed(_PARTS):
        for table in reversed(part.TABLES):
            op.drop_table(table)
