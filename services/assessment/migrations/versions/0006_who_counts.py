"""A rater request states whether its rater counts towards a minimum, a response who entered it.

Revision ID: 0006
Revises: 0005
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Nobody counts who was asked before, but those whom the next revision finds."""
    _add("rater_request", sa.Column("independent", sa.Boolean, nullable=False, server_default=sa.false()))
    _add("response", sa.Column("entered_by", sa.Text))
    _add("response", sa.Column("typed_by", sa.Text))
    _add("response", sa.Column("typed_by_client", sa.Boolean, nullable=False, server_default=sa.false()))
    _add("response", sa.Column("checked_by", sa.Text))
    _add("response", sa.Column("confirmed", sa.Boolean, nullable=False, server_default=sa.true()))


def _add(table: str, column: sa.Column[Any]) -> None:
    """A schema made before the first revision was frozen may have it."""
    op.add_column(table, column, if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    for name in ("confirmed", "checked_by", "typed_by_client", "typed_by", "entered_by"):
        op.drop_column("response", name)
    op.drop_column("rater_request", "independent")
