"""What source systems call units.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "unit_identifier",
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_unit_identifier_system_id")
        ),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.unit_code"], name=op.f("fk_unit_identifier_unit_code")),
        sa.PrimaryKeyConstraint("value", "system_id", name=op.f("pk_unit_identifier")),
        sa.UniqueConstraint("unit_code", "system_id", name=op.f("uq_unit_identifier_unit_code_system_id")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop it; only a development database ever does."""
    op.drop_table("unit_identifier")
