"""Plans that people brought from other regions: shown, and never counted."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.planning.tables import metadata

carried_plan = sa.Table(
    "carried_plan",
    metadata,
    sa.Column("carried_id", UUID(as_uuid=True), primary_key=True, server_default=sa.text("uuidv7()")),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("transfer_id", UUID(as_uuid=True), nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("plan", JSONB, nullable=False, comment="as it was shown on the day of the transfer"),
    sa.UniqueConstraint("origin", "transfer_id", "number"),
)
