"""A total keeps what of a portion of its people was told last.

A database from before this told every portion with its total: of those the one that stands was told last.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a fresh schema has it from its first revision."""
    op.execute("alter table total_cell add column if not exists told bigint[]")
    op.execute("""
        update total_cell set told = array[people, figures[1]]
        where told is null and people is not null and figures[1] is not null
    """)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.execute("alter table total_cell drop column told")
