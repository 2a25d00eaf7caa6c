"""Framework versions, overlays included, and role profiles."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.assessment.tables import metadata

# `content` is what was written. `resolved` is what is asked: for an overlay the core with the
# overlay applied, frozen at publication, so that a published version never changes.
framework_version = sa.Table(
    "framework_version",
    metadata,
    sa.Column("framework_code", sa.Text, primary_key=True),
    sa.Column("framework_version", sa.Integer, primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("core_code", sa.Text),  # of an overlay: the framework that it adapts
    sa.Column("core_version", sa.Integer),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("resolved", JSONB),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("published_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("state in ('draft', 'published')", name="state"),
    sa.CheckConstraint("(state = 'published') = (resolved is not null)", name="resolved"),
    sa.CheckConstraint("framework_version > 0", name="number"),
)

# Targets in hundredths of the scale, weights as numbers, both in framework order of competencies.
# An override stays; every other row shows what was given. The framework is the core that an override was
# written over.
role_profile = sa.Table(
    "role_profile",
    metadata,
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("setting", sa.Text, nullable=False),
    sa.Column("name", JSONB, nullable=False),
    sa.Column("targets", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("weights", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("overridden", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("framework_code", sa.Text),
    sa.Column("framework_version", sa.Integer),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("level in ('B', 'I', 'A')", name="level"),
)

# The roles that have a profile as they were published last: one row, whose version orders their events.
profiled_roles = sa.Table(
    "profiled_roles",
    metadata,
    sa.Column("one", sa.Boolean, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("role_codes", ARRAY(sa.Text), nullable=False),
    sa.CheckConstraint("one", name="one_row"),
)

# What was given, each kept under what holds over it: what a hub wrote itself holds over what came with its
# framework versions, and that over what came with the software. `epoch` and `version` are of what a hub
# wrote, `given_at` is when a framework version was published.
given_profile = sa.Table(
    "given_profile",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("setting", sa.Text, nullable=False),
    sa.Column("name", JSONB, nullable=False),
    sa.Column("targets", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("weights", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("epoch", sa.Integer),
    sa.Column("version", sa.BigInteger),
    sa.Column("given_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("origin in ('software', 'framework', 'hub')", name="origin"),
    sa.CheckConstraint("level in ('B', 'I', 'A')", name="level"),
)
