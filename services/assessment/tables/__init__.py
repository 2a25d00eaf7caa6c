"""The schema of assessment: its own tables, one module per noun, and the directory it projects.

Messaging tables come with the metadata; units, people and posts are a projection of registry.
"""

from shared.audit.tables import audit_tables
from shared.database.tables import service_metadata
from shared.directory.tables import directory_tables
from shared.erasure.tables import erasure_tables
from shared.federation import epochs

metadata = service_metadata()
audit_tables(metadata)
directory = directory_tables(metadata)
erasure_tables(metadata)
epochs.tables(metadata)
