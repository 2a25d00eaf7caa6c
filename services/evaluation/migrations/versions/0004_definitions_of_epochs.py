"""A region knows in which epoch its hub said a definition; 0 is what an instance published itself.

What is there came from the hub in a region, so it counts as of the hub's latest epoch: targets tell it,
which every epoch says, also that there are none. A later one forgets it, since it says everything again.
Where the last start did not say what the instance is, it counts as the hub's too; a hub never forgets.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

# lint: one-step: made before this was checked; an instance has some hundred definitions
# lint: ban-drop-default: as above
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a database from before 0001 was frozen may have it."""
    op.add_column(
        "definition",
        sa.Column(
            "epoch",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="of the hub that said it; 0: published here",
        ),
        if_not_exists=True,
    )
    op.alter_column("definition", "epoch", server_default=None)
    op.execute("""
        update definition set epoch = coalesce((select max(epoch) from heard_epoch where kind = 'target'), 1)
        where exists (select from instance_epoch where federation is null or federation = 'region')
    """)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.drop_column("definition", "epoch")
