"""A hub keeps type and closing day of its regions' units, and finds the units below one.

Of a unit that came before this both stay unknown until its region sends it again.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add both columns and the index; a fresh schema has them from its first revision."""
    op.execute("alter table national_unit add column if not exists type text")
    op.execute("alter table national_unit add column if not exists closed_on date")
    op.execute(
        "create index if not exists ix_national_unit_parent on national_unit (region, parent, unit_code)"
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.execute("drop index ix_national_unit_parent")
    op.execute("alter table national_unit drop column closed_on")
    op.execute("alter table national_unit drop column type")
