"""The check of a follow-up's states holds for all rows.

Revision ID: 0024
Revises: 0023
"""

from alembic import op

# lint: by-op: op has no word for it
revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate it; others read and write meanwhile."""
    op.execute("alter table follow_up validate constraint ck_follow_up_state")


def downgrade() -> None:
    """Nothing to undo."""
