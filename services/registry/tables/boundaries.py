"""Boundaries of places that are too long to be in their resources."""

import sqlalchemy as sa

from services.registry.tables import metadata

location_boundary = sa.Table(
    "location_boundary",
    metadata,
    sa.Column("location_id", sa.Text, primary_key=True),  # the id of the Location
    sa.Column("digest", sa.Text, primary_key=True),  # SHA-256 of the content, in hexadecimal digits
    sa.Column("content", sa.LargeBinary, nullable=False),  # GeoJSON
    sa.Index("ix_location_boundary_digest", "digest"),
)
