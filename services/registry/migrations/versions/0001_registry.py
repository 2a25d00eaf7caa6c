"""Everything that registry owns, and its messaging tables.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.registry.tables import metadata, people, units
from shared.tables import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MODULES = (people, units)  # each puts its tables on the metadata


def upgrade() -> None:
    """Create the schema's tables."""
    assert _MODULES
    create_tables(op, metadata)
    # Messages of 500 people: compressing them took a bulk load as long as half of its COPY.
    op.execute("alter table outbox alter column payload set storage external")


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
