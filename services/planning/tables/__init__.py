"""The schema of planning: its own tables, one module per noun, the directory it projects, and totals."""

from shared import epochs, national, totals
from shared.directory import directory_tables
from shared.tables import service_metadata

metadata = service_metadata()
directory = directory_tables(metadata)
epochs.tables(metadata)
totals.tables(metadata)
national.tables(metadata)
