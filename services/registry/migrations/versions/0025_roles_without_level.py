"""A role may have no level in the framework: it is no leadership role.

Revision ID: 0025
Revises: 0024
"""

from alembic import op

revision = "0025"
down_revision = "0024"
# lint: ban-drop-not-null: old code reads a null only after an administrator has made such a role with new code
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Allow null."""
    op.alter_column("role", "level", nullable=True, comment="null: no leadership role")


def downgrade() -> None:
    """Forbid it again; only a development database ever does."""
    op.execute("delete from role where level is null")
    op.alter_column("role", "level", nullable=False, comment=None)
