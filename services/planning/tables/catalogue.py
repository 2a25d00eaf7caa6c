"""The intervention catalogue: its versions, and the interventions of the current one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.planning.tables import metadata

catalogue = sa.Table(
    "catalogue",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
)

# An intervention that a newer version dropped stays for the plans that name it, `offered` false.
intervention = sa.Table(
    "intervention",
    metadata,
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("catalogue_version", sa.ForeignKey("catalogue.version"), nullable=False),
    sa.Column("offered", sa.Boolean, nullable=False),
    sa.Column("approach", sa.Text, nullable=False),
    sa.Column("delivery", sa.Text, nullable=False),
    sa.Column("levels", ARRAY(sa.Text), nullable=False),
    sa.Column("competencies", ARRAY(sa.Text), nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("own_version", sa.Integer, comment="of an entry of this instance's own; null: of others"),
    sa.Column("hub_epoch", sa.Integer, comment="of an entry that this region's hub wrote; null: of others"),
    sa.Column("hub_version", sa.BigInteger),
)

# At a hub: what regions added for themselves.
national_entry = sa.Table(
    "national_entry",
    metadata,
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("offered", sa.Boolean, nullable=False),
    sa.Column("content", JSONB, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
)

# What plans of a unit's subtree may take; the nearest enclosing unit with a row counts.
limits = sa.Table(
    "limits",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False, server_default="1"),
    sa.Column("days_away", sa.Integer, nullable=False),
    sa.Column("cost", sa.Integer, nullable=False),
    sa.Column("activities", sa.Integer, nullable=False),
    sa.Column("horizon_days", sa.Integer, nullable=False),
)
