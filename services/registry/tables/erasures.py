"""Erasures that were asked for, and people who must not be erased for now."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID

from services.registry.tables import metadata

_moment = sa.DateTime(timezone=True)

# One row an erasure. Once it was confirmed the row says no more whom it was about; `erased_person` has the ids.
erasure = sa.Table(
    "erasure",
    metadata,
    sa.Column("erasure_id", UUID, primary_key=True, server_default=sa.text("uuidv7()")),
    sa.Column("subject_id", UUID, unique=True, comment="whom; null once they are erased"),
    sa.Column("requested_at", _moment, nullable=False),
    sa.Column("requested_by", sa.Text, nullable=False),
    sa.Column("erased_at", _moment),
    sa.Column("confirmed_by", sa.Text),
    sa.Column("digest", sa.Text, comment="of what the event says"),
)

legal_hold = sa.Table(
    "legal_hold",
    metadata,
    sa.Column("person_id", UUID, sa.ForeignKey("person.person_id"), primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("recorded_at", _moment, nullable=False),
    sa.Column("recorded_by", sa.Text, nullable=False),
)

# What systems called people who were erased, as digests: lines that still send them make nobody anew.
erased_identifier = sa.Table(
    "erased_identifier",
    metadata,
    sa.Column("digest", sa.LargeBinary, primary_key=True),
    sa.Column("system_id", sa.Text, nullable=False, index=True),
)
