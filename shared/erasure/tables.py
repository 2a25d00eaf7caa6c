"""Who was erased: the ids by which late news of them are known."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import UUID


def erasure_tables(metadata: sa.MetaData) -> sa.Table:
    """Add the table to a service's metadata. An id in it belongs to no row any more."""
    return sa.Table(
        "erased_person",
        metadata,
        sa.Column("person_id", UUID, primary_key=True),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        # When everything was looked through a second time, for what was under way at the first; null: not yet.
        sa.Column("swept_at", sa.DateTime(timezone=True)),
    )


erased_person = erasure_tables(sa.MetaData())  # for statements of `shared`, in whichever service's database
