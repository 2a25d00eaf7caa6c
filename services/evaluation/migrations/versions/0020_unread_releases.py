"""Releases that nobody ever read make way for what was published meanwhile.

Until this version releases were made and figures moved beside them. What everybody has is the first release.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# lint: one-step: the trigger that guards releases stands aside for this deletion alone.
_TRIGGER = """
create or replace trigger release_is_final before update or delete or truncate on release
for each statement execute function release_is_final()
"""


def upgrade() -> None:
    """At its next start the service makes its first releases of what it published."""
    op.execute("drop trigger if exists release_is_final on release")
    for table in ("release", "release_member", "release_share", "release_forest"):
        op.execute(f"delete from {table}")
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Nobody misses them."""
