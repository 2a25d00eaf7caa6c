"""Results that people brought from other regions.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    figures: list[sa.Column[list[int]]] = [
        sa.Column(name, ARRAY(sa.SmallInteger), nullable=False) for name in ("scores", "targets", "gaps")
    ]
    op.create_table(
        "carried_result",
        sa.Column("carried_id", sa.UUID, nullable=False, server_default=sa.text("uuidv7()")),
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("transfer_id", sa.UUID, nullable=False),
        sa.Column("number", sa.SmallInteger, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("framework_code", sa.Text, nullable=False),
        sa.Column("framework_version", sa.Integer, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        *figures,
        sa.PrimaryKeyConstraint("carried_id", name=op.f("pk_carried_result")),
        sa.UniqueConstraint(
            "origin", "transfer_id", "number", name=op.f("uq_carried_result_origin_transfer_id_number")
        ),
        if_not_exists=True,
    )
    op.create_index(
        "ix_carried_result_person_id", "carried_result", ["person_id", "period"], if_not_exists=True
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("carried_result")
