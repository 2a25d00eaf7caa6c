"""Posts and units that would be deactivated by a full list, and how many each list deactivated by itself.

Revision ID: 0049
Revises: 0048
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _absent(
        "import_absent_post",
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, comment="of the post when the list came"),
        sa.Column("region", sa.Text, comment="code of the unit of level region above the post's unit"),
    )
    _absent(
        "import_absent_unit",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, comment="of the unit when the list came"),
        sa.Column("region", sa.Text, comment="code of the unit of level region above it"),
    )
    _absent(
        "import_deactivated",
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("records", sa.BigInteger, nullable=False),
    )


def _absent(name: str, key: "sa.Column[Any]", *others: "sa.Column[Any]") -> None:
    op.create_table(
        name,
        sa.Column("import_id", sa.UUID, nullable=False),
        key,
        *others,
        sa.PrimaryKeyConstraint("import_id", key.name, name=op.f(f"pk_{name}")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_run.import_id"],
            name=op.f(f"fk_{name}_import_id_import_run"),
            ondelete="CASCADE",
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for name in ("import_deactivated", "import_absent_unit", "import_absent_post"):
        op.drop_table(name)
