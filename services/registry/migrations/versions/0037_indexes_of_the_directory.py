"""URIs of source systems are unique, what was sent is found by its references, old changes by their age.

Revision ID: 0037
Revises: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the indexes beside running work; what a build that failed left is dropped before the next try."""
    with op.get_context().autocommit_block():
        op.create_index(
            "ix_source_system_uri",
            "source_system",
            ["uri"],
            unique=True,
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_sent_resource_terms",
            "sent_resource",
            ["terms"],
            postgresql_using="gin",
            postgresql_concurrently=True,
            if_not_exists=True,
        )
        op.create_index(
            "ix_resource_change_whole",
            "resource_change",
            ["settled_at"],
            postgresql_where=sa.text("not shortened"),
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    with op.get_context().autocommit_block():
        for index, table in (
            ("ix_resource_change_whole", "resource_change"),
            ("ix_sent_resource_terms", "sent_resource"),
            ("ix_source_system_uri", "source_system"),
        ):
            op.drop_index(index, table, postgresql_concurrently=True, if_exists=True)
