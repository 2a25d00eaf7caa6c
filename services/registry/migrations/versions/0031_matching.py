"""People to be compared, and pairs that may be one person.

Revision ID: 0031
Revises: 0030
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _keys()
    _reviews()


def _keys() -> None:
    op.create_table(
        "match_due",
        sa.Column("due_id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("first_id", sa.UUID, nullable=False),
        sa.Column("last_id", sa.UUID, nullable=False),
        sa.PrimaryKeyConstraint("due_id", name=op.f("pk_match_due")),
        if_not_exists=True,
    )
    op.create_table(
        "match_key",
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.PrimaryKeyConstraint("key", "person_id", name=op.f("pk_match_key")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_match_key_person_id"), "match_key", ["person_id"], if_not_exists=True)


def _reviews() -> None:
    op.create_table(
        "match_review",
        sa.Column("review_id", sa.UUID, server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("first_id", sa.UUID, nullable=False),
        sa.Column("second_id", sa.UUID, nullable=False),
        sa.Column("score", sa.SmallInteger, nullable=False, comment="per cent"),
        sa.Column("fields", JSONB, nullable=False),
        sa.Column("compared", sa.LargeBinary, nullable=False, comment="digest of what identifies both"),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("decided_by", sa.Text),
        sa.PrimaryKeyConstraint("review_id", name=op.f("pk_match_review")),
        sa.UniqueConstraint("first_id", "second_id", name=op.f("uq_match_review_first_id_second_id")),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_match_review_in_order")),
        sa.CheckConstraint("state in ('open', 'same', 'not-same')", name=op.f("ck_match_review_state")),
        if_not_exists=True,
    )
    op.create_index(op.f("ix_match_review_second_id"), "match_review", ["second_id"], if_not_exists=True)
    op.create_index(
        "ix_match_review_open",
        "match_review",
        ["found_at"],
        postgresql_where=sa.text("state = 'open'"),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for name in ("match_review", "match_key", "match_due"):
        op.drop_table(name)
