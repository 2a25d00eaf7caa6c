"""Definitions of indicators and targets, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("definition", "target", "national_target")


def create() -> None:
    """Create them, those that others refer to first."""
    _definition()
    _target()
    _national_target()


def _definition() -> None:
    op.create_table(
        "definition",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_definition")),
    )


def _target() -> None:
    op.create_table(
        "target",
        sa.Column("national", sa.Boolean, nullable=False, comment="came down from the hub"),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger, comment="hundredths of the indicator's unit; null: withdrawn"),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(unit_code = '') <> (level = '')", name=op.f("ck_target_place")),
        sa.PrimaryKeyConstraint(
            "national", "indicator", "period", "unit_code", "level", name=op.f("pk_target")
        ),
    )


def _national_target() -> None:
    op.create_table(
        "national_target",
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("value", sa.BigInteger, comment="hundredths of the indicator's unit; null: withdrawn"),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "indicator", "period", "unit_code", "level", name=op.f("pk_national_target")
        ),
    )
