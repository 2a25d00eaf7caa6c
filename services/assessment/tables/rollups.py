"""Who counts in which period, and the roll-ups kept from it by the consumer of `completed`."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.assessment.tables import metadata
from shared.federation import regional_tables

regional_tables.tables(metadata)

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
    # Per competency whether the score rests on the self score alone.
    sa.Column(
        "unverified",
        ARRAY(sa.Boolean),
        nullable=False,
        server_default="{f,f,f,f,f,f,f,f,f,f,f}",
    ),
    sa.Index("ix_counted_unit_code", "unit_code", "period"),
)


def _figures() -> list[sa.Column[list[int]]]:
    """Per competency: people with a score, sum of scores in hundredths, people below target, five bins.

    int4 sums hold 4 million people at 5.00 in one row.
    """
    names = ("counts", "sums", "below", "histogram")
    return [sa.Column(name, ARRAY(sa.Integer), nullable=False) for name in names]


def _key() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in ("unit_code", "period", "level")]


# Live. Only non-key columns change: 99 % HOT at 60.
rollup = sa.Table(
    "rollup",
    metadata,
    *_key(),
    sa.Column("parent", sa.Text),  # in the tree of the period
    sa.Column("people", sa.Integer, nullable=False),
    *_figures(),
    # People of `counts` whose score rests on the self score alone. It counts a subset and is never published.
    sa.Column("unverified", ARRAY(sa.Integer), nullable=False, server_default="{0,0,0,0,0,0,0,0,0,0,0}"),
    sa.Index("ix_rollup_parent", "parent", "period"),
    postgresql_with={"fillfactor": 60},
)

# What everybody else sees: of each figure what the newest release shows that shows it. `moved` has the number of
# that release for people, and for each competency; 0 stands for none. People below target are null where withheld.
published_rollup = sa.Table(
    "published_rollup",
    metadata,
    *_key(),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("moved", ARRAY(sa.Integer), nullable=False),
    sa.Column("people", sa.Integer, nullable=False),
    *_figures(),
)

# Of versions without releases: what they knew of trees, and of people who changed. Decision 41 says when they go.
rollup_tree = sa.Table(
    "rollup_tree",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("edition", sa.Integer, nullable=False, server_default="0"),
    sa.Column("touched", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("looked_at", sa.DateTime(timezone=True)),
    sa.Column("took", sa.Interval, nullable=False, server_default=sa.text("interval '0'")),
)

rollup_change = sa.Table(
    "rollup_change",
    metadata,
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("person_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("edition", sa.Integer, primary_key=True),
    sa.Column("path", ARRAY(sa.Text)),
    sa.Column("scores", ARRAY(sa.SmallInteger)),
    sa.Column("targets", ARRAY(sa.SmallInteger)),
)
