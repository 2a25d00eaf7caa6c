"""At a hub: role profiles that regions re-targeted or re-weighted for themselves."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.assessment.tables import metadata

# Targets in hundredths of the scale, weights as numbers, both in framework order of competencies.
national_overlay = sa.Table(
    "national_overlay",
    metadata,
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("role_code", sa.Text, primary_key=True),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("setting", sa.Text, nullable=False),
    sa.Column("name", JSONB, nullable=False),
    sa.Column("framework_code", sa.Text, nullable=False),
    sa.Column("framework_version", sa.Integer, nullable=False),
    sa.Column("targets", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("weights", ARRAY(sa.SmallInteger), nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("trace_id", sa.Text),
)
