"""Imports as resources, and who would be deactivated by one that waits for a second person.

Revision ID: 0034
Revises: 0033
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _runs()
    _absent()


def _runs() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "import_run",
        sa.Column("import_id", sa.UUID, nullable=False),
        sa.Column("kind", sa.Text, nullable=False, comment="people, posts, ...: the last part of its path"),
        sa.Column("system_id", sa.Text, comment="the source system that it was written as"),
        sa.Column("units", ARRAY(sa.Text), nullable=False, comment="of the token that sent it"),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column("dry_run", sa.Boolean, nullable=False),
        sa.Column("full_list", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("seen_at", moment, nullable=False, comment="when its process last wrote its progress"),
        sa.Column("ended_at", moment),
        sa.Column("received", sa.BigInteger, nullable=False, comment="lines so far"),
        sa.Column("report", JSONB),
        sa.Column("problem", sa.Text, comment="code of the problem that ended it"),
        sa.Column("absence", sa.Text, comment="what became of those whom a full list does not name"),
        sa.Column("absent_digest", sa.Text, comment="of exactly those who wait for a decision"),
        sa.Column("decided_by", sa.Text),
        sa.Column("decided_at", moment),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_import_run")),
        sa.CheckConstraint(
            "state in ('running', 'done', 'refused', 'failed')", name=op.f("ck_import_run_state")
        ),
        sa.CheckConstraint(
            "absence in ('none', 'deactivated', 'waiting', 'approved', 'superseded')",
            name=op.f("ck_import_run_absence"),
        ),
        if_not_exists=True,
    )
    op.create_index("ix_import_run_started_at", "import_run", ["started_at"], if_not_exists=True)
    op.create_index(
        "ix_import_run_waiting",
        "import_run",
        ["system_id"],
        postgresql_where=sa.text("absence = 'waiting'"),
        if_not_exists=True,
    )


def _absent() -> None:
    op.create_table(
        "import_absent",
        sa.Column("import_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False, comment="of the person when the list came"),
        sa.Column("region", sa.Text, comment="code of the unit of level region above the person's posts"),
        sa.PrimaryKeyConstraint("import_id", "person_id", name=op.f("pk_import_absent")),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["import_run.import_id"],
            name=op.f("fk_import_absent_import_id_import_run"),
            ondelete="CASCADE",
        ),
        if_not_exists=True,
    )


def downgrade() -> None:
    """Drop them; only a development database ever does."""
    for name in ("import_absent", "import_run"):
        op.drop_table(name)
