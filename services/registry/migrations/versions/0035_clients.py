"""Clients that registry issues credentials to, their secrets, and the keys that sign their tokens.

Revision ID: 0035
Revises: 0034
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_moment = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the tables."""
    _clients()
    _keys()


def _clients() -> None:
    op.create_table(
        "client",
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("client_key", sa.Text, nullable=False, comment="as subject keys"),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("roles", ARRAY(sa.Text), nullable=False),
        sa.Column("units", ARRAY(sa.Text), nullable=False, comment="codes; a token is valid below them"),
        sa.Column("requests_per_minute", sa.Integer, comment="null: as the setting says"),
        sa.Column("jwks", JSONB, comment="public keys for private_key_jwt"),
        sa.Column("last_used_at", _moment),
        sa.Column("revoked_at", _moment),
        sa.Column("recorded_at", _moment, nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_client")),
        sa.UniqueConstraint("client_key", name=op.f("uq_client_client_key")),
        if_not_exists=True,
    )
    op.create_table(
        "client_secret",
        sa.Column("secret_id", sa.Text, nullable=False),
        sa.Column("client_id", sa.Text, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="SHA-256 of 256 random bits"),
        sa.Column("made_at", _moment, nullable=False),
        sa.Column("expires_at", _moment, nullable=False),
        sa.Column("last_used_at", _moment),
        sa.ForeignKeyConstraint(["client_id"], ["client.client_id"], name=op.f("fk_client_secret_client_id")),
        sa.PrimaryKeyConstraint("secret_id", name=op.f("pk_client_secret")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_client_secret_client_id"), "client_secret", ["client_id"], if_not_exists=True)


def _keys() -> None:
    op.create_table(
        "client_signing_key",
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("private_key", sa.Text, nullable=False, comment="PKCS 8, encrypted under the pepper"),
        sa.Column("public_key", JSONB, nullable=False, comment="JWK"),
        sa.Column("signs_from", _moment, nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_client_signing_key")),
        if_not_exists=True,
    )
    op.create_table(
        "client_assertion",
        sa.Column("digest", sa.LargeBinary, nullable=False, comment="of an assertion that was used"),
        sa.Column("expires_at", _moment, nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_client_assertion")),
        if_not_exists=True,
    )
    index = op.f("ix_client_assertion_expires_at")
    op.create_index(index, "client_assertion", ["expires_at"], if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for table in ("client_assertion", "client_signing_key", "client_secret", "client"):
        op.drop_table(table)
