"""The check of a follow-up's states makes room for a wider one.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

# lint: ban-drop-constraint: the next revision adds a wider one
revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop it."""
    op.drop_constraint(op.f("ck_follow_up_state"), "follow_up", type_="check", if_exists=True)


def downgrade() -> None:
    """Put it back; only a development database ever does."""
    op.create_check_constraint(
        op.f("ck_follow_up_state"), "follow_up", sa.text("state in ('pending', 'due', 'answered')")
    )
