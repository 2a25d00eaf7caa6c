"""People leave for another region, and come from one.

Revision ID: 0051
Revises: 0050
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "departure",
        sa.Column("transfer_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("sealing_key", sa.Text, nullable=False, comment="to which the file was sealed"),
        sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of the sealed file"),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column(
            "moved_on", sa.Date, nullable=False, comment="first day on which the other region counts them"
        ),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("transfer_id", name=op.f("pk_departure")),
        if_not_exists=True,
    )
    op.create_index("ix_departure_person_id", "departure", ["person_id"], if_not_exists=True)
    _arrivals()


def _arrivals() -> None:
    op.create_table(
        "arrival",
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("transfer_id", sa.UUID, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("moved_on", sa.Date, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False, comment="of the content, by which a repeat is known"),
        sa.Column("content", JSONB, comment="record, results and plans; null once decided"),
        sa.Column("person_id", sa.UUID, comment="who they are here; null before"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_by", sa.Text, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text),
        sa.CheckConstraint("state in ('waiting', 'accepted', 'declined')", name=op.f("ck_arrival_state")),
        sa.PrimaryKeyConstraint("origin", "transfer_id", name=op.f("pk_arrival")),
        if_not_exists=True,
    )
    op.create_index("ix_arrival_person_id", "arrival", ["person_id"], if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_table("arrival")
    op.drop_table("departure")
