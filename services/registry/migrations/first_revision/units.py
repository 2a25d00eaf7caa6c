"""Units and roles, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("unit", "unit_placement", "unit_version", "role")


def create() -> None:
    """Create them, those that others refer to first."""
    _unit()
    _unit_placement()
    _unit_version()
    _role()


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("ownership", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("rural", sa.Boolean),
        sa.Column("parent", sa.Text),
        sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("open_from", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("successors", postgresql.ARRAY(sa.Text), server_default="{}", nullable=False),
        sa.Column("import_key", sa.Text),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.CheckConstraint(
            "level in ('country', 'region', 'district', 'facility')", name=op.f("ck_unit_level")
        ),
        sa.CheckConstraint(
            "closed_on is null or closed_on > open_from", name=op.f("ck_unit_closed_after_opening")
        ),
        sa.CheckConstraint("parent is null or parent <> unit_code", name=op.f("ck_unit_not_its_own_parent")),
        sa.ForeignKeyConstraint(["parent"], ["unit.unit_code"], name=op.f("fk_unit_parent")),
        sa.PrimaryKeyConstraint("unit_code", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_import_key"), "unit", ["import_key"])
    op.create_index(op.f("ix_unit_parent"), "unit", ["parent"])
    op.create_index("ix_unit_path", "unit", ["path"], postgresql_using="gin")
    op.create_index(
        "uq_unit_root",
        "unit",
        [sa.literal_column("(parent is null)")],
        unique=True,
        postgresql_where=sa.text("parent is null"),
    )


def _unit_placement() -> None:
    op.create_table(
        "unit_placement",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("parent", sa.Text, nullable=False),
        sa.Column("applied", sa.Boolean, nullable=False),
        sa.ForeignKeyConstraint(["parent"], ["unit.unit_code"], name=op.f("fk_unit_placement_parent")),
        sa.ForeignKeyConstraint(["unit_code"], ["unit.unit_code"], name=op.f("fk_unit_placement_unit_code")),
        sa.PrimaryKeyConstraint("unit_code", "valid_from", name=op.f("pk_unit_placement")),
    )
    op.create_index(
        "ix_unit_placement_due", "unit_placement", ["valid_from"], postgresql_where=sa.text("not applied")
    )
    op.create_index(op.f("ix_unit_placement_parent"), "unit_placement", ["parent"])


def _unit_version() -> None:
    op.create_table(
        "unit_version",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("ownership", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("rural", sa.Boolean),
        sa.Column("parent", sa.Text),
        sa.Column("open_from", sa.Date, nullable=False),
        sa.Column("closed_on", sa.Date),
        sa.Column("successors", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("unit_code", "version", name=op.f("pk_unit_version")),
    )


def _role() -> None:
    op.create_table(
        "role",
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("setting", sa.Text, nullable=False),
        sa.Column("name", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("level in ('B', 'I', 'A')", name=op.f("ck_role_level")),
        sa.CheckConstraint("setting in ('facility', 'district', 'national')", name=op.f("ck_role_setting")),
        sa.PrimaryKeyConstraint("role_code", name=op.f("pk_role")),
    )
