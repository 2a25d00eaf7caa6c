"""Cycles, and the prevalence of gaps that each leaves behind for the next one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.assessment.tables import metadata

# draft: may be changed; open: raters answer; closed: no more answers. A closed cycle is settled
# once each of its assessments was scored or expired, and published once the roll-ups have them all.
cycle = sa.Table(
    "cycle",
    metadata,
    sa.Column("cycle_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("role_codes", ARRAY(sa.Text), nullable=False),
    sa.Column("framework_code", sa.Text, nullable=False),
    sa.Column("framework_version", sa.Integer, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date, nullable=False),
    sa.Column("max_peers", sa.SmallInteger, nullable=False),
    sa.Column("max_reports", sa.SmallInteger, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),  # the same seed picks the same raters
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("previous_cycle_id", UUID(as_uuid=True)),  # whose prevalence counts in this one
    sa.Column("opened_at", sa.DateTime(timezone=True)),
    sa.Column("closed_at", sa.DateTime(timezone=True)),
    sa.Column("settled_at", sa.DateTime(timezone=True)),
    sa.Column("published_at", sa.DateTime(timezone=True)),
    # Whether it is meant to ask about posts that another open cycle is asking about.
    sa.Column("overlapping", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.CheckConstraint("state in ('draft', 'open', 'closed')", name="state"),
    sa.CheckConstraint("starts_on <= ends_on", name="dates"),
    sa.Index("ix_cycle_unsettled", "ends_on", postgresql_where=sa.text("published_at is null")),
)

# Share of people below target per competency, in hundredths of a share; only units with five or
# more assessed have a row, so the nearest enclosing unit that has one is the one to use.
prevalence = sa.Table(
    "prevalence",
    metadata,
    sa.Column("cycle_id", sa.ForeignKey("cycle.cycle_id"), primary_key=True),
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("assessed", sa.Integer, nullable=False),
    sa.Column("shares", ARRAY(sa.SmallInteger), nullable=False),
)
