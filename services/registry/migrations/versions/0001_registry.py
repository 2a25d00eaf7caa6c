"""Everything that registry owns, and its messaging tables.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.registry.migrations.first_revision import people, units
from shared.database.first_revision import federation, messaging, totals

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PARTS = (messaging, federation, totals, units, people)


def upgrade() -> None:
    """Create the schema's tables."""
    for part in _PARTS:
        part.create()
    # Messages of 500 people: compressing them took a bulk load as long as half of its COPY.
    op.execute("alter table outbox alter column payload set storage external")


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    for part in reversed(_PARTS):
        for table in reversed(part.TABLES):
            op.drop_table(table)
