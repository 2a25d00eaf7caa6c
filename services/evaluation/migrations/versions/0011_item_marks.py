"""An assessment says which items it asked, so that only scores from the same ones are compared.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of assessments that are there already it is not known, and levels alone decide."""
    op.add_column("assessment", sa.Column("item_marks", ARRAY(sa.Text)), if_not_exists=True)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("assessment", "item_marks")
