"""Who counts in which period, and the roll-ups kept from it by the consumer of `completed`."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.assessment.tables import metadata

# The base: one row per person and period, the newest completed assessment. `path` (root to unit)
# is the tree in which the person was counted; a closed period keeps it.
counted = sa.Table(
    "counted",
    metadata,
    sa.Column("person_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("assessment_id", UUID(as_uuid=True), nullable=False),
    sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("path", ARRAY(sa.Text), nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("scores", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("targets", ARRAY(sa.SmallInteger), nullable=False),
    sa.Index("ix_counted_unit_code", "unit_code", "period"),
)


def _figures(prefix: str, *, empty: bool = False) -> list[sa.Column[list[int]]]:
    """Per competency: people with a score, sum of scores in hundredths, people below target, five bins.

    int4 sums hold 4 million people at 5.00 in one row.
    """
    sizes = {"counts": 11, "sums": 11, "below": 11, "histogram": 55}
    return [
        sa.Column(
            prefix + name,
            ARRAY(sa.Integer),
            nullable=False,
            server_default=sa.text(f"array_fill(0, array[{size}])") if empty else None,
        )
        for name, size in sizes.items()
    ]


# `people` and the arrays are live; `published_*` is the snapshot that everybody else sees. It moves
# when five more people are in or at cycle close. Only non-key columns change: 99 % HOT at 60.
rollup = sa.Table(
    "rollup",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("parent", sa.Text),  # in the tree of the period
    sa.Column("people", sa.Integer, nullable=False),
    *_figures(""),
    sa.Column("published_people", sa.Integer, nullable=False, server_default="0"),
    *_figures("published_", empty=True),
    sa.Index("ix_rollup_parent", "parent", "period"),
    postgresql_with={"fillfactor": 60},
)
