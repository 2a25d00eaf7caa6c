"""An assessment without one scored competency ends as not measured.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the wider check, for new rows at first."""
    op.create_check_constraint(
        op.f("ck_assessment_state"),
        "assessment",
        sa.text("state in ('open', 'completed', 'not-measured', 'expired', 'withdrawn')"),
        postgresql_not_valid=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_constraint(op.f("ck_assessment_state"), "assessment", type_="check")
