"""Facts, contributions, indicator values and the directory.

Revision ID: 0001
Revises: nothing
"""

from alembic import op

from services.evaluation.tables import metadata, targets
from shared.tables import create_tables

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_MODULES = (targets,)  # each puts its tables on the metadata


def upgrade() -> None:
    """Create the schema's first tables."""
    create_tables(op, metadata)


def downgrade() -> None:
    """Drop them again."""
    metadata.drop_all(op.get_bind())
