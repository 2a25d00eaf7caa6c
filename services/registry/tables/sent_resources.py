"""Elements of FHIR resources as a source sent them, where Steward's own fields say less than they do."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.tables import metadata

sent_resource = sa.Table(
    "sent_resource",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # unit code, or id of a person or post
    sa.Column("elements", sa.JSON, nullable=False),  # by name: as sent, and as Steward showed it then
    sa.Column("terms", ARRAY(sa.Text)),  # the references in it, as `mcsd/directory_terms.py` writes them
    sa.Index("ix_sent_resource_terms", "terms", postgresql_using="gin"),
)
