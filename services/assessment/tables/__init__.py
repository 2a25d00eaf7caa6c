"""The schema of assessment: its own tables, one module per noun, and the directory it projects.

Messaging tables come with the metadata; units, people and posts are a projection of registry.
"""

from shared import epochs
from shared.directory import directory_tables
from shared.tables import service_metadata

metadata = service_metadata()
directory = directory_tables(metadata)
epochs.tables(metadata)
