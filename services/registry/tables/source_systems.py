"""Source systems, and the clients that write as them.

`person.source` and `post.source` hold the `system_id` of the system that a record came from. It is never
shown, so that a system can be given another code. A record that came from no system has the key of the
sign-in that recorded it there.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

source_system = sa.Table(
    "source_system",
    metadata,
    sa.Column("system_id", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, nullable=False, unique=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sends", ARRAY(sa.Text), nullable=False, comment="people, posts, units"),
    sa.Column("retired", sa.Boolean, nullable=False),
    sa.Column(
        "uri", sa.Text, comment="of its identifiers in FHIR; null: urn:steward:source-system: and the code"
    ),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
    sa.Index("ix_source_system_uri", "uri", unique=True),
)

source_client = sa.Table(
    "source_client",
    metadata,
    sa.Column("client_key", sa.Text, primary_key=True, comment="as subject keys"),
    sa.Column("system_id", sa.Text, sa.ForeignKey("source_system.system_id"), primary_key=True, index=True),
    sa.Column("iss", sa.Text, comment="null of clients from before there were source systems"),
    sa.Column("sub", sa.Text),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

field_precedence = sa.Table(
    "field_precedence",
    metadata,
    sa.Column("field", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("systems", ARRAY(sa.Text), nullable=False, comment="ids, the first one decides"),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)
