"""Frameworks, profiles, overlays and roles, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("framework_version", "role_profile", "given_profile", "national_overlay", "role")


def create() -> None:
    """Create them, those that others refer to first."""
    _framework_version()
    _role_profile()
    _given_profile()
    _national_overlay()
    _role()


def _framework_version() -> None:
    op.create_table(
        "framework_version",
        sa.Column("framework_code", sa.Text, nullable=False),
        sa.Column("framework_version", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("core_code", sa.Text),
        sa.Column("core_version", sa.Integer),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("resolved", postgresql.JSONB()),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "(state = 'published') = (resolved is not null)", name=op.f("ck_framework_version_resolved")
        ),
        sa.CheckConstraint("state in ('draft', 'published')", name=op.f("ck_framework_version_state")),
        sa.CheckConstraint("framework_version > 0", name=op.f("ck_framework_version_number")),
        sa.PrimaryKeyConstraint("framework_code", "framework_version", name=op.f("pk_framework_version")),
    )


def _role_profile() -> None:
    op.create_table(
        "role_profile",
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("overridden", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("framework_code", sa.Text),
        sa.Column("framework_version", sa.Integer),
        sa.Column("version", sa.Integer, server_default="1", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("level in ('B', 'I', 'A')", name=op.f("ck_role_profile_level")),
        sa.PrimaryKeyConstraint("role_code", name=op.f("pk_role_profile")),
    )


def _given_profile() -> None:
    op.create_table(
        "given_profile",
        sa.Column("origin", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("epoch", sa.Integer),
        sa.Column("version", sa.BigInteger),
        sa.Column("given_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("level in ('B', 'I', 'A')", name=op.f("ck_given_profile_level")),
        sa.CheckConstraint(
            "origin in ('software', 'framework', 'hub')", name=op.f("ck_given_profile_origin")
        ),
        sa.PrimaryKeyConstraint("origin", "role_code", name=op.f("pk_given_profile")),
    )


def _national_overlay() -> None:
    op.create_table(
        "national_overlay",
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.Column("framework_code", sa.Text, nullable=False),
        sa.Column("framework_version", sa.Integer, nullable=False),
        sa.Column("targets", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("weights", postgresql.ARRAY(sa.SmallInteger), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.PrimaryKeyConstraint("region", "role_code", name=op.f("pk_national_overlay")),
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("role_code", name=op.f("pk_role")),
    )
