"""Everybody is compared once more, by keys with places.

Revision ID: 0040
Revises: 0039
"""

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One span of all ids, which the timer works off a few people at a time."""
    op.execute("""
        insert into match_due (first_id, last_id)
        select '00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'
        where exists (select from person) and not exists (select from placed_match_key)
    """)


def downgrade() -> None:
    """Nothing to undo: the tables go with the revision before."""
