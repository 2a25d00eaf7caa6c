"""The check of an assessment's states holds for all rows.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

# lint: by-op: op has no word for it
revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate it; others read and write meanwhile."""
    op.execute("alter table assessment validate constraint ck_assessment_state")


def downgrade() -> None:
    """Nothing to undo."""
