"""Epochs and what a hub hears of its regions, as each service's first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("instance_epoch", "heard_epoch", "national_unit", "national_figure")


def create() -> None:
    """Create them, those that others refer to first."""
    _instance_epoch()
    _heard_epoch()
    _national_unit()
    _national_figure()


def _instance_epoch() -> None:
    op.create_table(
        "instance_epoch",
        sa.Column("one_row", sa.Boolean, server_default=sa.text("true"), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.CheckConstraint("one_row", name=op.f("ck_instance_epoch_one_row")),
        sa.PrimaryKeyConstraint("one_row", name=op.f("pk_instance_epoch")),
    )


def _heard_epoch() -> None:
    op.create_table(
        "heard_epoch",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("instance", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("kind", "instance", name=op.f("pk_heard_epoch")),
    )


def _national_unit() -> None:
    op.create_table(
        "national_unit",
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("region", "unit_code", name=op.f("pk_national_unit")),
    )


def _national_figure() -> None:
    op.create_table(
        "national_figure",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("figures", postgresql.ARRAY(sa.BigInteger)),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("as_of", sa.Date),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.PrimaryKeyConstraint(
            "kind", "period", "slice", "region", "unit_code", name=op.f("pk_national_figure")
        ),
    )
