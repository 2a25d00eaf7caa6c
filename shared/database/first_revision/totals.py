"""The totals of a region that go up to its hub, as the first revision of each service that has some makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("total_tree", "total_share", "total_cell", "total_change", "total_due", "total_watch")


def create() -> None:
    """Create them, those that others refer to first."""
    _total_tree()
    _total_share()
    _total_cell()
    _total_change()
    _total_due()
    _total_watch()


def _total_tree() -> None:
    op.create_table(
        "total_tree",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, server_default="0", nullable=False),
        sa.Column("touched", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("period", "slice", name=op.f("pk_total_tree")),
    )


def _total_share() -> None:
    op.create_table(
        "total_share",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("figures", postgresql.ARRAY(sa.BigInteger), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "period", "slice", name=op.f("pk_total_share")),
    )
    op.create_index("ix_total_share_unit", "total_share", ["unit_code", "period", "slice"])


def _total_cell() -> None:
    op.create_table(
        "total_cell",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("own_people", sa.Integer, server_default="0", nullable=False),
        sa.Column("own_figures", postgresql.ARRAY(sa.BigInteger), server_default="{}", nullable=False),
        sa.Column("moved", sa.Integer, server_default="0", nullable=False),
        sa.Column("version", sa.BigInteger, server_default="0", nullable=False),
        sa.Column("people", sa.Integer, comment="as published; null: suppressed"),
        sa.Column("figures", postgresql.ARRAY(sa.BigInteger), comment="null in a place: withheld"),
        sa.Column("as_of", sa.Date),
        sa.PrimaryKeyConstraint("period", "slice", "unit_code", name=op.f("pk_total_cell")),
    )


def _total_change() -> None:
    op.create_table(
        "total_change",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("slice", sa.Text, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("edition", sa.Integer, nullable=False, comment="the first that has the change"),
        sa.Column("path", postgresql.ARRAY(sa.Text), comment="where the share counted before; null: nowhere"),
        sa.Column("figures", postgresql.ARRAY(sa.BigInteger)),
        sa.PrimaryKeyConstraint("period", "slice", "person_id", "edition", name=op.f("pk_total_change")),
    )


def _total_due() -> None:
    op.create_table(
        "total_due",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False),
        sa.Column("person_id", sa.Uuid(), comment="null: the places of units changed"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_total_due")),
    )


def _total_watch() -> None:
    op.create_table(
        "total_watch",
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("since", name=op.f("pk_total_watch")),
    )
