"""At a hub whole releases of regions.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _named() -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, nullable=False) for name in ("region", "cube", "period")]


def _documents() -> None:
    op.create_table(
        "national_release",
        *_named(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trace_id", sa.Text),
        sa.PrimaryKeyConstraint("region", "cube", "period", "number", name=op.f("pk_national_release")),
        if_not_exists=True,
    )
    op.create_table(
        "national_release_part",
        *_named(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("piece", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint(
            "region", "cube", "period", "number", "digest", "part", name=op.f("pk_national_release_part")
        ),
        if_not_exists=True,
    )


def upgrade() -> None:
    """Add the tables, and by place of a figure the release that it is of."""
    _documents()
    op.add_column("national_figure", sa.Column("released", ARRAY(sa.BigInteger)), if_not_exists=True)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("national_figure", "released")
    op.drop_table("national_release_part")
    op.drop_table("national_release")
