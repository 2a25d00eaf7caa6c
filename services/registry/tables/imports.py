"""Imports under way and done, and what would be deactivated by one that waits for a second person."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

import_run = sa.Table(
    "import_run",
    metadata,
    sa.Column("import_id", UUID, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False, comment="people, posts, ...: the last part of its path"),
    sa.Column("system_id", sa.Text, comment="the source system that it was written as"),
    sa.Column("units", ARRAY(sa.Text), nullable=False, comment="of the token that sent it"),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("full_list", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", _moment, nullable=False),
    sa.Column("seen_at", _moment, nullable=False, comment="when its process last wrote its progress"),
    sa.Column("ended_at", _moment),
    sa.Column("received", sa.BigInteger, nullable=False, comment="lines so far"),
    sa.Column("report", JSONB),
    sa.Column("problem", sa.Text, comment="code of the problem that ended it"),
    sa.Column("absence", sa.Text, comment="what became of those whom a full list does not name"),
    sa.Column("absent_digest", sa.Text, comment="of exactly those who wait for a decision"),
    sa.Column("decided_by", sa.Text),
    sa.Column("decided_at", _moment),
    sa.CheckConstraint("state in ('running', 'done', 'refused', 'failed')", "state"),
    sa.CheckConstraint("absence in ('none', 'deactivated', 'waiting', 'approved', 'superseded')", "absence"),
    sa.Index("ix_import_run_started_at", "started_at"),
    sa.Index("ix_import_run_waiting", "system_id", postgresql_where=sa.text("absence = 'waiting'")),
)

# How a system writes its CSV: what an import does not say itself.
import_form = sa.Table(
    "import_form",
    metadata,
    sa.Column("system_id", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("form", JSONB, nullable=False),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

# How many records a full list deactivated by itself, by region ('' for none): those of some days count together.
import_deactivated = sa.Table(
    "import_deactivated",
    metadata,
    sa.Column("import_id", UUID, sa.ForeignKey("import_run.import_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("records", sa.BigInteger, nullable=False),
)

import_absent = sa.Table(
    "import_absent",
    metadata,
    sa.Column("import_id", UUID, sa.ForeignKey("import_run.import_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("person_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of the person when the list came"),
    sa.Column("region", sa.Text, comment="code of the unit of level region above the person's posts"),
)

import_absent_post = sa.Table(
    "import_absent_post",
    metadata,
    sa.Column("import_id", UUID, sa.ForeignKey("import_run.import_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("post_id", UUID, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of the post when the list came"),
    sa.Column("region", sa.Text, comment="code of the unit of level region above the post's unit"),
)

import_absent_unit = sa.Table(
    "import_absent_unit",
    metadata,
    sa.Column("import_id", UUID, sa.ForeignKey("import_run.import_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False, comment="of the unit when the list came"),
    sa.Column("region", sa.Text, comment="code of the unit of level region above it"),
)
