"""People to be compared, the keys by which they meet, and pairs that may be one person.

Keys are made of names and years of birth, and leave registry as little as these. A pair has the lower id first.
"""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, UUID

from services.registry.tables import metadata

# Spans of ids to be compared: a load of new people, whose ids follow one another, is one of a few.
match_due = sa.Table(
    "match_due",
    metadata,
    sa.Column("due_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("first_id", UUID, nullable=False),
    sa.Column("last_id", UUID, nullable=False),
)

# Of versions whose keys said no places; goes a version later.
match_key = sa.Table(
    "match_key",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("person_id", UUID, primary_key=True, index=True),
)

# A place is the codes of units from the root to one of a post, each ended by `matching.score.END`; of who has no
# post it is the source of the record, after `matching.score.UNPLACED`.
placed_match_key = sa.Table(
    "placed_match_key",
    metadata,
    sa.Column("key", sa.Text(collation="C"), primary_key=True),
    sa.Column("place", sa.Text(collation="C"), primary_key=True),
    sa.Column("person_id", UUID, primary_key=True, index=True),
)

# Several units that somebody reviews pairs for, who keeps nothing above them: people are compared within these.
match_scope = sa.Table(
    "match_scope",
    metadata,
    sa.Column("scope_id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("units", ARRAY(sa.Text), nullable=False, unique=True, comment="in order, none inside another"),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
)

match_review = sa.Table(
    "match_review",
    metadata,
    sa.Column("review_id", UUID, primary_key=True, server_default=sa.text("uuidv7()")),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("first_id", UUID, nullable=False),
    sa.Column("second_id", UUID, nullable=False, index=True),
    sa.Column("score", sa.SmallInteger, nullable=False, comment="per cent"),
    sa.Column("fields", JSONB, nullable=False),
    sa.Column("compared", sa.LargeBinary, nullable=False, comment="digest of what identifies both"),
    sa.Column("nationwide", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("met_in", ARRAY(sa.Text), comment="units in whose part of the tree they met; null: of before"),
    sa.Column("scopes", ARRAY(sa.BigInteger), comment="of match_scope, for whose units together they met"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("decided_at", sa.DateTime(timezone=True)),
    sa.Column("decided_by", sa.Text),
    sa.UniqueConstraint("first_id", "second_id"),
    sa.CheckConstraint("first_id < second_id", "in_order"),
    sa.CheckConstraint("state in ('open', 'same', 'not-same')", "state"),
    sa.Index("ix_match_review_open", "found_at", postgresql_where=sa.text("state = 'open'")),
)
