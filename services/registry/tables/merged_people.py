"""Records of people that became one, and what each had before: so that it can be given back."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

# A record is merged into one other at a time; where that is merged too, `person.merged_into` names the last one.
person_merge = sa.Table(
    "person_merge",
    metadata,
    sa.Column("merge_id", UUID, primary_key=True, server_default=sa.text("uuidv7()")),
    sa.Column("survivor_id", UUID, nullable=False, index=True),
    sa.Column("merged_id", UUID, nullable=False),
    sa.Column("belongings", JSONB, nullable=False, comment="of both before, to be given back"),
    sa.Column("merged_at", _moment, nullable=False),
    sa.Column("merged_by", sa.Text, nullable=False),
    sa.Column("undone_at", _moment),
    sa.Column("undone_by", sa.Text),
    sa.Index(
        "ix_person_merge_merged_id", "merged_id", unique=True, postgresql_where=sa.text("undone_at is null")
    ),
)
