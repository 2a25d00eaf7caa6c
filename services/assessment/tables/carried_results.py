"""Results that people brought from other regions: shown, and never counted."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.assessment.tables import metadata
from services.assessment.tables.ratings import ELEVEN

carried_result = sa.Table(
    "carried_result",
    metadata,
    sa.Column("carried_id", UUID(as_uuid=True), primary_key=True, server_default=sa.text("uuidv7()")),
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("transfer_id", UUID(as_uuid=True), nullable=False),
    sa.Column("number", sa.SmallInteger, nullable=False),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False),
    sa.Column("framework_code", sa.Text, nullable=False),
    sa.Column("framework_version", sa.Integer, nullable=False),
    sa.Column("level", sa.Text, nullable=False),
    sa.Column("role_code", sa.Text, nullable=False),
    sa.Column("period", sa.Text, nullable=False),
    sa.Column("completed_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("scores", ELEVEN, nullable=False),
    sa.Column("targets", ELEVEN, nullable=False),
    sa.Column("gaps", ELEVEN, nullable=False),
    sa.UniqueConstraint("origin", "transfer_id", "number"),
    sa.Index("ix_carried_result_person_id", "person_id", "period"),
)
