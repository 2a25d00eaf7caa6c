"""Releases of roll-ups, and who counted in each."""

from services.assessment.tables import metadata
from shared.releases.tables import reader_tables, release_tables

# As documents name them: the cube, its figure of people, and with a competency behind it that of people below
# their target. A competency's own code stands for its scores.
CUBE = "roll-ups"
PEOPLE = "people"
BELOW = "below "

release_tables(metadata)
reader_tables(metadata)
