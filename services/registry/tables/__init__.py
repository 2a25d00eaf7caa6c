"""The registry schema: units, people with their posts, what they were before, and totals of them."""

from shared import totals
from shared.database.tables import service_metadata
from shared.federation import epochs, regional_figures

metadata = service_metadata()
epochs.tables(metadata)
totals.tables(metadata)
regional_figures.tables(metadata)
