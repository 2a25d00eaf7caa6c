"""Org units, their dated places in the tree, and roles.

`unit.parent` and `unit.path` are the place of today; `unit_placement` has every dated place, past
and future. A row that is about to change is first copied to `unit_version`, so that the live row
is always the newest version.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)
_codes = ARRAY(sa.Text)

unit = sa.Table(
    "unit",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("ownership", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("rural", sa.Boolean),
    sa.Column("parent", sa.Text, sa.ForeignKey("unit.unit_code"), index=True),
    sa.Column("path", _codes, nullable=False),
    sa.Column("open_from", sa.Date, nullable=False),
    sa.Column("closed_on", sa.Date),
    sa.Column("successors", _codes, nullable=False, server_default="{}"),
    sa.Column("import_key", sa.Text, index=True),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.CheckConstraint("level in ('country', 'region', 'district', 'facility')", "level"),
    sa.CheckConstraint("closed_on is null or closed_on > open_from", "closed_after_opening"),
    sa.CheckConstraint("parent is null or parent <> unit_code", "not_its_own_parent"),
    sa.Index(
        "uq_unit_root", sa.text("(parent is null)"), unique=True, postgresql_where=sa.text("parent is null")
    ),
    sa.Index("ix_unit_path", "path", postgresql_using="gin"),
)

unit_placement = sa.Table(
    "unit_placement",
    metadata,
    sa.Column("unit_code", sa.Text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    sa.Column("valid_from", sa.Date, primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("unit.unit_code"), nullable=False, index=True),
    sa.Column("applied", sa.Boolean, nullable=False),
    sa.Index("ix_unit_placement_due", "valid_from", postgresql_where=sa.text("not applied")),
)

unit_version = sa.Table(
    "unit_version",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
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
    sa.Column("successors", _codes, nullable=False),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

unit_agenda = sa.Table(
    "unit_agenda",
    metadata,
    sa.Column("unit_code", sa.Text, sa.ForeignKey("unit.unit_code"), primary_key=True),
    comment="units that are published once more as they are, since their state says more than before",
)

role = sa.Table(
    "role",
    metadata,
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("level", sa.Text, comment="null: no leadership role"),
    sa.Column("setting", sa.Text, nullable=False),
    sa.Column("name", JSONB, nullable=False),
    sa.CheckConstraint("level in ('B', 'I', 'A')", "level"),
    sa.CheckConstraint("setting in ('facility', 'district', 'national')", "setting"),
)
