"""People who left for another region, and people who came from one."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

departure = sa.Table(
    "departure",
    metadata,
    sa.Column("transfer_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("person_id", UUID(as_uuid=True), nullable=False, index=True),
    sa.Column("region", sa.Text, nullable=False),
    sa.Column("sealing_key", sa.Text, nullable=False, comment="to which the file was sealed"),
    sa.Column("digest", sa.Text, nullable=False, comment="SHA-256 of the sealed file"),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("moved_on", sa.Date, nullable=False, comment="first day on which the other region counts them"),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

arrival = sa.Table(
    "arrival",
    metadata,
    sa.Column("origin", sa.Text, primary_key=True),
    sa.Column("transfer_id", UUID(as_uuid=True), primary_key=True),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("moved_on", sa.Date, nullable=False),
    sa.Column("unit_code", sa.Text, nullable=False),
    sa.Column("role_code", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False, comment="of the content, by which a repeat is known"),
    sa.Column("content", JSONB(none_as_null=True), comment="record, results and plans; null once decided"),
    sa.Column("person_id", UUID(as_uuid=True), index=True, comment="who they are here; null before"),
    sa.Column("received_at", _moment, nullable=False),
    sa.Column("received_by", sa.Text, nullable=False),
    sa.Column("decided_at", _moment),
    sa.Column("decided_by", sa.Text),
    sa.CheckConstraint("state in ('waiting', 'accepted', 'declined')", name="state"),
)
