"""A hub knows the names of its regions' units, and units are on a list to be published once more.

Of a unit that came before this its name stays unknown until its region sends it again.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the table."""
    comment = "null: of a region whose version does not say it"
    op.add_column("national_unit", sa.Column("name", sa.Text, comment=comment), if_not_exists=True)
    op.create_table(
        "unit_agenda",
        sa.Column("unit_code", sa.Text, sa.ForeignKey("unit.unit_code"), primary_key=True),
        comment="units that are published once more as they are, since their state says more than before",
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_table("unit_agenda")
    op.drop_column("national_unit", "name")
