"""The registry schema: units, people with their posts, what they were before, and totals of them."""

from shared import epochs, national, totals
from shared.tables import service_metadata

metadata = service_metadata()
epochs.tables(metadata)
totals.tables(metadata)
national.tables(metadata)
