"""People whose posts were ever rewritten are published once more, so that every service learns who wrote them.

A day that is past on their agenda is all it takes: the timer publishes them, 500 at a time.

Revision ID: 0010
Revises: 0009
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the day on their agenda."""
    op.execute("""
        insert into agenda (person_id, due_on)
        select distinct person_id, date '1900-01-01' from post_version
        where exists (select from post where post.post_id = post_version.post_id)
        on conflict do nothing
    """)


def downgrade() -> None:
    """Nothing to undo: what was published stays true."""
