"""Releases of headcounts, and who counted in each."""

from services.registry.tables import metadata
from shared.releases.tables import release_tables

CUBE = "headcounts"  # as documents name it

release_tables(metadata)
