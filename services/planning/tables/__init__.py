"""The schema of planning: its own tables, one module per noun, the directory it projects, totals and releases."""

from shared.audit.tables import audit_tables
from shared.database.tables import service_metadata
from shared.directory.tables import directory_tables
from shared.erasure.tables import erasure_tables
from shared.federation import epochs, regional_tables
from shared.releases import earlier_totals
from shared.releases.tables import release_tables

metadata = service_metadata()
audit_tables(metadata)
directory = directory_tables(metadata)
erasure_tables(metadata)
epochs.tables(metadata)
earlier_totals.tables(metadata)
regional_tables.tables(metadata)
release_tables(metadata)
