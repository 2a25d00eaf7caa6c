"""Contributions and values of indicators, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("period", "contribution", "earlier_path", "indicator_value", "published_tree", "share_change")


def create() -> None:
    """Create them, those that others refer to first."""
    _period()
    _contribution()
    _earlier_path()
    _indicator_value()
    _published_tree()
    _share_change()


def _period() -> None:
    op.create_table(
        "period",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("measured", sa.Boolean, nullable=False),
        sa.Column("closed_as_of", sa.Date),
        sa.PrimaryKeyConstraint("period", name=op.f("pk_period")),
    )


def _contribution() -> None:
    op.create_table(
        "contribution",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("numerator", sa.BigInteger, nullable=False),
        sa.Column("denominator", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "period", "indicator", name=op.f("pk_contribution")),
    )
    op.create_index(op.f("ix_contribution_unit_code"), "contribution", ["unit_code"])


def _earlier_path() -> None:
    op.create_table(
        "earlier_path",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("through", sa.Text, nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
        sa.PrimaryKeyConstraint("unit_code", "through", name=op.f("pk_earlier_path")),
    )


def _indicator_value() -> None:
    op.create_table(
        "indicator_value",
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("parent_code", sa.Text, nullable=False),
        sa.Column("numerator", sa.BigInteger, nullable=False),
        sa.Column("denominator", sa.BigInteger, nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("published_numerator", sa.BigInteger),
        sa.Column("published_denominator", sa.BigInteger),
        sa.Column("published_people", sa.Integer),
        sa.Column("published_as_of", sa.Date),
        sa.Column("published_version", sa.Integer, server_default="0", nullable=False),
        sa.Column("moved", sa.BigInteger, server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("indicator", "period", "unit_code", name=op.f("pk_indicator_value")),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index("ix_indicator_value_children", "indicator_value", ["indicator", "period", "parent_code"])
    op.create_index(
        "ix_indicator_value_hidden",
        "indicator_value",
        ["unit_code"],
        postgresql_where=sa.text("published_version > 0 and published_denominator is null"),
    )
    op.create_index("ix_indicator_value_unit", "indicator_value", ["unit_code", "period"])
    op.create_index(
        "ix_indicator_value_untold",
        "indicator_value",
        ["indicator", "period", "unit_code"],
        postgresql_where=sa.text("published_version = 0"),
    )


def _published_tree() -> None:
    op.create_table(
        "published_tree",
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("indicator", "period", name=op.f("pk_published_tree")),
    )


def _share_change() -> None:
    op.create_table(
        "share_change",
        sa.Column("change", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("indicator", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text)),
        sa.Column("numerator", sa.BigInteger),
        sa.Column("denominator", sa.BigInteger),
        sa.PrimaryKeyConstraint("change", name=op.f("pk_share_change")),
    )
    op.create_index("ix_share_change_tree", "share_change", ["indicator", "period", "person_id"])
