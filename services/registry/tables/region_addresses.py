"""Where regions are spoken to: what this instance said of itself, and at a hub what its regions said."""

import sqlalchemy as sa

from services.registry.tables import metadata

own_address = sa.Table(
    "own_address",
    metadata,
    sa.Column("one_row", sa.Boolean, primary_key=True, server_default=sa.true()),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("sealing_key", sa.Text, nullable=False),
    sa.Column("signing_key", sa.Text, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.CheckConstraint("one_row", name="one_row"),
)

region_address = sa.Table(
    "region_address",
    metadata,
    sa.Column("region", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("sealing_key", sa.Text, nullable=False),
    sa.Column("signing_key", sa.Text, nullable=False),
    sa.Column("epoch", sa.Integer, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
)
