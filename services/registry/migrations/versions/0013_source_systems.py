"""Source systems, and the clients that write as them.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "source_system",
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("sends", ARRAY(sa.Text), nullable=False, comment="people, posts, units"),
        sa.Column("retired", sa.Boolean, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("system_id", name=op.f("pk_source_system")),
        sa.UniqueConstraint("code", name=op.f("uq_source_system_code")),
        if_not_exists=True,
    )
    op.create_table(
        "source_client",
        sa.Column("client_key", sa.Text, nullable=False, comment="as subject keys"),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("iss", sa.Text, comment="null of clients from before there were source systems"),
        sa.Column("sub", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_source_client_system_id")
        ),
        sa.PrimaryKeyConstraint("client_key", "system_id", name=op.f("pk_source_client")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_source_client_system_id"), "source_client", ["system_id"], if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    op.drop_table("source_client")
    op.drop_table("source_system")
