"""The tables of a service that keeps individuals: entries, of whom they are, acts of raters, seals.

An entry is never changed but once, when it gets its place in a seal; triggers and grants of the revision refuse
anything else. Its people are beside it, so that an erasure takes them away and leaves the chain as it is.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, UUID

_moment = sa.DateTime(timezone=True)


def audit_tables(metadata: sa.MetaData) -> None:
    """Add the tables to a service's metadata."""
    _entry(metadata)
    _people(metadata)
    _rater_act(metadata)
    _seal(metadata)


def _entry(metadata: sa.MetaData) -> None:
    sa.Table(
        "audit_entry",
        metadata,
        sa.Column("entry_id", UUID, primary_key=True, server_default=sa.text("uuidv7()")),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("at", _moment),  # null for an act of a rater
        sa.Column("caller", sa.Text),  # the key of the sign-in; null for an act of a rater
        sa.Column("client", sa.Boolean, nullable=False),
        sa.Column("roles", sa.Text, nullable=False),
        sa.Column("operation", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text),
        sa.Column("people", sa.Integer, nullable=False),
        sa.Column("commitment", sa.LargeBinary, nullable=False),
        sa.Column("seal", sa.BigInteger),
        sa.Column("position", sa.Integer),
        sa.UniqueConstraint("seal", "position"),
        sa.CheckConstraint("(seal is null) = (position is null)", "placed"),
        sa.Index("ix_audit_entry_unsealed", "entry_id", postgresql_where=sa.text("seal is null")),
        sa.Index("ix_audit_entry_caller", "caller", "entry_id"),
        sa.Index("ix_audit_entry_day", "day", postgresql_using="brin"),  # rows come by day: next to nothing
    )


def _people(metadata: sa.MetaData) -> None:
    """Of whom an entry is: `person_id` alone, or up to 1,000 in `people`. Both are null once all are erased."""
    sa.Table(
        "audit_people",
        metadata,
        sa.Column("entry_id", UUID, primary_key=True),
        sa.Column("commitment", sa.LargeBinary, primary_key=True),
        sa.Column("person_id", UUID),
        sa.Column("people", ARRAY(UUID)),
        sa.Column("salt", sa.LargeBinary),
        sa.Index(
            "ix_audit_people_person_id",
            "person_id",
            "entry_id",
            postgresql_where=sa.text("person_id is not null"),
        ),
        sa.Index("ix_audit_people_many", "entry_id", postgresql_where=sa.text("people is not null")),
    )


def _rater_act(metadata: sa.MetaData) -> None:
    """What was done by raters on a day that is not sealed yet; `rater` as of `chain.rater`."""
    sa.Table(
        "audit_rater_act",
        metadata,
        sa.Column("day", sa.Date, primary_key=True),
        sa.Column("rater", sa.LargeBinary, primary_key=True),
        sa.Column("operation", sa.Text, primary_key=True),
    )


def _seal(metadata: sa.MetaData) -> None:
    sa.Table(
        "audit_seal",
        metadata,
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("sealed_at", _moment, nullable=False),
        sa.Column("entries", sa.Integer, nullable=False),
        sa.Column("rows", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("signature", sa.Text, nullable=False),
    )


# For statements of `shared` itself, as in `shared.database.tables`.
_metadata = sa.MetaData()
audit_tables(_metadata)
audit_entry, audit_people, audit_rater_act, audit_seal = (
    _metadata.tables[name] for name in ("audit_entry", "audit_people", "audit_rater_act", "audit_seal")
)
