"""An answer that is stored under an Idempotency-Key carries the decisions about access that it rests on.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what was stored before has none, and is not given again."""
    op.add_column("idempotency", sa.Column("decisions", postgresql.JSONB, nullable=True), if_not_exists=True)


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_column("idempotency", "decisions")
