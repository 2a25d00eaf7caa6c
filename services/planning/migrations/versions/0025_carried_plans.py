"""Plans that people brought from other regions.

Revision ID: 0025
Revises: 0024
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "carried_plan",
        sa.Column("carried_id", sa.UUID, nullable=False, server_default=sa.text("uuidv7()")),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("transfer_id", sa.UUID, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("plan", JSONB, nullable=False, comment="as it was shown on the day of the transfer"),
        sa.PrimaryKeyConstraint("carried_id", name=op.f("pk_carried_plan")),
        sa.UniqueConstraint(
            "origin", "transfer_id", "number", name=op.f("uq_carried_plan_origin_transfer_id_number")
        ),
        if_not_exists=True,
    )
    op.create_index("ix_carried_plan_person_id", "carried_plan", ["person_id"], if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("carried_plan")
