"""Roll-ups, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("counted", "rollup", "published_rollup", "rollup_tree", "rollup_change")


def create() -> None:
    """Create them, those that others refer to first."""
    _counted()
    _rollup()
    _published_rollup()
    _rollup_tree()
    _rollup_change()


def _counted() -> None:
    op.create_table(
        "counted",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("assessment_id", sa.UUID, nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("scores", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "period", name=op.f("pk_counted")),
    )
    op.create_index("ix_counted_unit_code", "counted", ["unit_code", "period"])


def _rollup() -> None:
    op.create_table(
        "rollup",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("parent", sa.Text),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("sums", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("below", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("histogram", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint("unit_code", "period", "level", name=op.f("pk_rollup")),
        postgresql_with={"fillfactor": 60},
    )
    op.create_index("ix_rollup_parent", "rollup", ["parent", "period"])


def _published_rollup() -> None:
    op.create_table(
        "published_rollup",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("moved", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("counts", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("sums", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("below", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.Column("histogram", postgresql.ARRAY(sa.Integer), nullable=False),
        sa.PrimaryKeyConstraint("unit_code", "period", "level", name=op.f("pk_published_rollup")),
    )


def _rollup_tree() -> None:
    op.create_table(
        "rollup_tree",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("edition", sa.Integer, server_default="0", nullable=False),
        sa.Column("touched", sa.Boolean, server_default=sa.text("true"), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True)),
        sa.Column("took", sa.Interval(), server_default=sa.text("interval '0'"), nullable=False),
        sa.PrimaryKeyConstraint("period", "level", name=op.f("pk_rollup_tree")),
    )


def _rollup_change() -> None:
    op.create_table(
        "rollup_change",
        sa.Column("period", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("edition", sa.Integer, nullable=False),
        sa.Column("path", postgresql.ARRAY(sa.Text)),
        sa.Column("scores", postgresql.ARRAY(sa.SmallInteger)),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger)),
        sa.PrimaryKeyConstraint("period", "level", "person_id", "edition", name=op.f("pk_rollup_change")),
    )
