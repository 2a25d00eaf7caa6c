"""Who counted in a cell of a release is found by its unit.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

INDEX = "ix_release_member_path"


def upgrade() -> None:
    """Build the index beside running work; what a build that failed left is dropped before the next try."""
    with op.get_context().autocommit_block():
        op.create_index(
            INDEX,
            "release_member",
            ["path"],
            postgresql_using="gin",
            postgresql_concurrently=True,
            if_not_exists=True,
        )


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    with op.get_context().autocommit_block():
        op.drop_index(INDEX, "release_member", postgresql_concurrently=True, if_exists=True)
