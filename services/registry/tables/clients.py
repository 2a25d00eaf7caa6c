"""Clients that registry issues credentials to: programs that call on their own behalf.

Their secrets are stored as digests alone. Every moment here is of real time, as those of tokens are.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

client = sa.Table(
    "client",
    metadata,
    sa.Column("client_id", sa.Text, primary_key=True),
    sa.Column("client_key", sa.Text, nullable=False, unique=True, comment="as subject keys"),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("roles", ARRAY(sa.Text), nullable=False),
    sa.Column("units", ARRAY(sa.Text), nullable=False, comment="codes; a token is valid below them"),
    sa.Column("requests_per_minute", sa.Integer, comment="null: as the setting says"),
    sa.Column("jwks", JSONB(none_as_null=True), comment="public keys for private_key_jwt"),
    sa.Column("last_used_at", _moment),
    sa.Column("revoked_at", _moment),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

client_secret = sa.Table(
    "client_secret",
    metadata,
    sa.Column("secret_id", sa.Text, primary_key=True),
    sa.Column("client_id", sa.Text, sa.ForeignKey("client.client_id"), nullable=False, index=True),
    sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of 256 random bits"),
    sa.Column("made_at", _moment, nullable=False),
    sa.Column("expires_at", _moment, nullable=False),
    sa.Column("last_used_at", _moment),
)

client_signing_key = sa.Table(
    "client_signing_key",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("private_key", sa.Text, nullable=False, comment="PKCS 8, encrypted under the pepper"),
    sa.Column("public_key", JSONB, nullable=False, comment="JWK"),
    sa.Column("signs_from", _moment, nullable=False),
)

client_assertion = sa.Table(
    "client_assertion",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True, comment="of an assertion that was used"),
    sa.Column("expires_at", _moment, nullable=False, index=True),
)
