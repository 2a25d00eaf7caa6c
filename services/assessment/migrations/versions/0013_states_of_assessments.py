"""An assessment may end as not measured: the check of its states makes way for a wider one.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

# lint: ban-drop-constraint: nothing writes other states before the next revision adds the wider check
revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Drop the check; the next revision adds the wider one."""
    op.drop_constraint(op.f("ck_assessment_state"), "assessment", type_="check")


def downgrade() -> None:
    """Put it back; only a development database ever does."""
    op.create_check_constraint(
        op.f("ck_assessment_state"),
        "assessment",
        sa.text("state in ('open', 'completed', 'expired', 'withdrawn')"),
    )
