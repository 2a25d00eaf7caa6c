"""Releases of roll-ups, and who counted in each."""

from services.assessment.tables import metadata
from shared.releases.tables import release_tables

CUBE = "roll-ups"  # as documents name it

release_tables(metadata)
