"""Why a post or a service ended, and where the person went.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_COLUMNS = {
    "person": ("leaving_reason", "leaving_destination"),
    "person_version": ("leaving_reason", "leaving_destination"),
    "post": ("end_reason", "end_destination"),
    "post_version": ("end_reason", "end_destination"),
}


def upgrade() -> None:
    """Add the columns, empty."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.add_column(table, sa.Column(column, sa.Text), if_not_exists=True)


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
