"""Elements of FHIR resources as they were sent, where Steward's own fields say less.

Revision ID: 0029
Revises: 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "sent_resource",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("elements", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("pk_sent_resource")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_table("sent_resource")
