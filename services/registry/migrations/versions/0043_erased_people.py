"""Rows about people who were erased are known as such, and their ids are known when late news of them come.

Revision ID: 0043
Revises: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "erased_person",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_erased_person")),
        if_not_exists=True,
    )
    _requests()
    op.add_column(
        "person",
        sa.Column(
            "erased",
            sa.Boolean,
            nullable=False,
            server_default=sa.false(),
            comment="what is left of somebody who was erased: counted, and shown to nobody",
        ),
        if_not_exists=True,
    )


def _requests() -> None:
    op.create_table(
        "erasure",
        sa.Column("erasure_id", sa.UUID, nullable=False, server_default=sa.text("uuidv7()")),
        sa.Column("subject_id", sa.UUID, comment="whom; null once they are erased"),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True)),
        sa.Column("confirmed_by", sa.Text),
        sa.Column("digest", sa.Text, comment="of what the event says"),
        sa.PrimaryKeyConstraint("erasure_id", name=op.f("pk_erasure")),
        sa.UniqueConstraint("subject_id", name=op.f("uq_erasure_subject_id")),
        if_not_exists=True,
    )
    op.create_table(
        "legal_hold",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_legal_hold_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_legal_hold")),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.drop_column("person", "erased")
    op.drop_table("legal_hold")
    op.drop_table("erasure")
    op.drop_table("erased_person")
