"""The tables every service has in addition to its own: outbox, inbox, idempotency keys, failing events."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, UUID

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


def service_metadata() -> sa.MetaData:
    """Metadata with the messaging tables on it.

    No schema name: each login role's search_path is its own schema, so a table is never
    addressed outside it.
    """
    metadata = sa.MetaData(naming_convention=NAMING)
    messaging_tables(metadata)
    return metadata


def messaging_tables(metadata: sa.MetaData) -> None:
    """Outbox, inbox, idempotency keys and failing events, each as small as it was measured to be enough."""
    _outbox(metadata)
    _inbox(metadata)
    _idempotency(metadata)
    _poison(metadata)
    _replay(metadata)


def _outbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "outbox",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("event_id", UUID, nullable=False),
        sa.Column("aggregate_id", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.Column("refused_at", sa.DateTime(timezone=True)),
        sa.Index("ix_outbox_unsent", "id", postgresql_where=sa.text("sent_at is null")),
    )


def _inbox(metadata: sa.MetaData) -> None:
    sa.Table(
        "inbox",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", UUID, primary_key=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def _idempotency(metadata: sa.MetaData) -> None:
    sa.Table(
        "idempotency",
        metadata,
        sa.Column("caller", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.SmallInteger, nullable=False),
        sa.Column("headers", JSONB, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sa.Column("decisions", JSONB),  # why the caller was allowed; null: stored by earlier software
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
    )


def _poison(metadata: sa.MetaData) -> None:
    sa.Table(
        "poison",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", UUID, primary_key=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("buried_at", sa.DateTime(timezone=True)),  # when it became a dead letter
        sa.Column("dropped_at", sa.DateTime(timezone=True)),  # by an operator, for good
        sa.Column("dropped_by", sa.Text),
        sa.Column("drop_reason", sa.Text),
        sa.Column("drop_ticket", sa.Text),
    )


def _replay(metadata: sa.MetaData) -> None:
    """The last replay of each dead letter; of one that was applied nothing else is left."""
    sa.Table(
        "replay",
        metadata,
        sa.Column("consumer", sa.Text, primary_key=True),
        sa.Column("event_id", UUID, primary_key=True),
        sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("replayed_by", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),  # applied or failed
        sa.Column("reason", sa.Text),  # of a failure: the error's kind, and our own line
        sa.Column("place", sa.Text),
    )


# For statements of `shared` itself: a table is its name there, whichever service's database they run in.
_metadata = service_metadata()
outbox, inbox, idempotency, poison, replay = (
    _metadata.tables[name] for name in ("outbox", "inbox", "idempotency", "poison", "replay")
)
