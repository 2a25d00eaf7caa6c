"""A follow-up of somebody who left ends.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the wider check, for new rows at first."""
    op.create_check_constraint(
        op.f("ck_follow_up_state"),
        "follow_up",
        sa.text("state in ('pending', 'due', 'answered', 'ended')"),
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_constraint(op.f("ck_follow_up_state"), "follow_up", type_="check")
