"""Everything that planning owns, its directory and its messaging tables.

Revision ID: 0001
Revises:
"""

from alembic import op

from services.planning.tables import catalogue, metadata, plans
from shared.tables import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MODULES = (catalogue, plans)  # each puts its tables on the metadata


def upgrade() -> None:
    """Create the schema's tables."""
    assert _MODULES
    create_tables(op, metadata)


def downgrade() -> None:
    """Drop them again; only a development database ever does."""
    metadata.drop_all(op.get_bind(), checkfirst=False)
