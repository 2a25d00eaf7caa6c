"""The registry schema: units, people with their posts, and what they were before."""

from shared.tables import service_metadata

metadata = service_metadata()
