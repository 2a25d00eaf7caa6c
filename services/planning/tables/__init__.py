"""The schema of planning: its own tables, one module per noun, and the directory it projects."""

from shared.directory import directory_tables
from shared.tables import service_metadata

metadata = service_metadata()
directory = directory_tables(metadata)
