"""Cycles, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("cycle", "prevalence")


def create() -> None:
    """Create them, those that others refer to first."""
    _cycle()
    _prevalence()


def _cycle() -> None:
    op.create_table(
        "cycle",
        sa.Column("cycle_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_codes", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("framework_code", sa.Text, nullable=False),
        sa.Column("framework_version", sa.Integer, nullable=False),
        sa.Column("starts_on", sa.Date, nullable=False),
        sa.Column("ends_on", sa.Date, nullable=False),
        sa.Column("max_peers", sa.SmallInteger, nullable=False),
        sa.Column("max_reports", sa.SmallInteger, nullable=False),
        sa.Column("seed", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous_cycle_id", sa.UUID),
        sa.Column("opened_at", sa.DateTime(timezone=True)),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state in ('draft', 'open', 'closed')", name=op.f("ck_cycle_state")),
        sa.CheckConstraint("starts_on <= ends_on", name=op.f("ck_cycle_dates")),
        sa.PrimaryKeyConstraint("cycle_id", name=op.f("pk_cycle")),
    )
    op.create_index(
        "ix_cycle_unsettled", "cycle", ["ends_on"], postgresql_where=sa.text("published_at is null")
    )


def _prevalence() -> None:
    op.create_table(
        "prevalence",
        sa.Column("cycle_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("assessed", sa.Integer, nullable=False),
        sa.Column("shares", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.ForeignKeyConstraint(["cycle_id"], ["cycle.cycle_id"], name=op.f("fk_prevalence_cycle_id")),
        sa.PrimaryKeyConstraint("cycle_id", "unit_code", name=op.f("pk_prevalence")),
    )
