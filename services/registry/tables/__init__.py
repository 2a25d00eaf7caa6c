"""The registry schema: units, people with their posts, what they were before, and totals of them."""

from shared.audit.tables import audit_tables
from shared.database.tables import service_metadata
from shared.erasure.tables import erasure_tables
from shared.federation import epochs, regional_tables
from shared.releases import earlier_totals

metadata = service_metadata()
audit_tables(metadata)
erasure_tables(metadata)
epochs.tables(metadata)
earlier_totals.tables(metadata)
regional_tables.tables(metadata)
