"""Resources of the FHIR directory that are none of Steward's records, as they were sent.

A person is in none of them. What searches ask for is beside the body: `terms` as `mcsd/directory_terms.py` writes
them, a name, a place, days.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

directory_resource = sa.Table(
    "directory_resource",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column(
        "unit_code", sa.Text
    ),  # the unit that it belongs to; null: to none, and the whole country keeps it
    sa.Column("body", sa.JSON, nullable=False),  # without id, version and time
    sa.Column("terms", ARRAY(sa.Text), nullable=False),
    sa.Column("name", sa.Text),
    sa.Column("latitude", sa.Double),
    sa.Column("longitude", sa.Double),
    sa.Column("begins", sa.Date),
    sa.Column("ends", sa.Date),  # the last day
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Index("ix_directory_resource_terms", "terms", postgresql_using="gin"),
)

directory_resource_version = sa.Table(
    "directory_resource_version",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("resource_id", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("body", sa.JSON, nullable=False),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)
