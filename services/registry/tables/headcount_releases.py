"""Releases of headcounts, who counted in each, and what they show."""

import sqlalchemy as sa

from services.registry.tables import metadata
from shared.releases.tables import release_tables

# As documents name them: the cube and its figures.
CUBE = "headcounts"
PEOPLE = "people"
WOMEN = "women"

release_tables(metadata)

# What the hub is told: of each cell the newest release counts that shows its people. Women are null where that
# one withholds them. A row without people has the version of what a version without releases published.
published_headcount = sa.Table(
    "published_headcount",
    metadata,
    sa.Column("unit_code", sa.Text, primary_key=True),
    sa.Column("level", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("people", sa.Integer),
    sa.Column("women", sa.Integer),
    sa.Column("as_of", sa.Date, comment="date of the release"),
    sa.Column("women_as_of", sa.Date, comment="date of the newest release that shows women"),
)
