"""The list of what changed, in the order in which readers of histories go on.

Triggers write a row for up to a thousand records that one statement changed. A row gets its `position` once every
transaction is over that might still put one before it; only then it is read. So a reader who has everything up to
a position never misses anything before it.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from services.registry.tables import metadata

resource_change = sa.Table(
    "resource_change",
    metadata,
    sa.Column("number", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    # unit, person or post; of other resources of the directory their type, with their ids as codes
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("codes", ARRAY(sa.Text)),
    sa.Column("ids", ARRAY(UUID)),
    sa.Column("versions", ARRAY(sa.BigInteger), nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column(
        "transaction",
        sa.BigInteger,
        nullable=False,
        server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
    ),
    sa.Column("position", sa.BigInteger, unique=True),
    sa.Column("settled_at", sa.DateTime(timezone=True)),
    # Once a row is old it has only what was the newest version then.
    sa.Column("shortened", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("ordinals", ARRAY(sa.Integer)),  # the places that its entries had before; null: as they are
    sa.Index("ix_resource_change_unsettled", "number", postgresql_where=sa.text("position is null")),
    sa.Index("ix_resource_change_settled", "settled_at", "position"),
    sa.Index("ix_resource_change_whole", "settled_at", postgresql_where=sa.text("not shortened")),
)

# One row, once old changes were taken out: up to `until` not every version is listed any more.
shortened_history = sa.Table(
    "shortened_history",
    metadata,
    sa.Column("only", sa.Boolean, primary_key=True),
    sa.Column("until", sa.DateTime(timezone=True), nullable=False),
)
