"""The projection of registry, as the first revision of each service that has it makes it.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

TABLES = ("unit", "person", "post", "subject")


def create() -> None:
    """Create them, those that others refer to first."""
    _unit()
    _person()
    _post()
    _subject()


def _unit() -> None:
    op.create_table(
        "unit",
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("level", sa.Text),
        sa.Column("type", sa.Text),
        sa.Column("ownership", sa.Text),
        sa.Column("rural", sa.Boolean),
        sa.Column("parent", sa.Text),
        sa.Column("path", postgresql.ARRAY(sa.Text), nullable=False),
        sa.Column("open_from", sa.Date),
        sa.Column("closed_on", sa.Date),
        sa.Column("successors", postgresql.ARRAY(sa.Text), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("unit_code", name=op.f("pk_unit")),
    )
    op.create_index(op.f("ix_unit_parent"), "unit", ["parent"])
    op.create_index("ix_unit_path", "unit", ["path"], postgresql_using="gin")


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("sex", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("cadre", sa.Text),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
    )


def _post() -> None:
    op.create_table(
        "post",
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("level", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("acting", sa.Boolean, nullable=False),
        sa.Column("is_primary", sa.Boolean, nullable=False),
        sa.Column("manager_post_id", sa.UUID),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post")),
    )
    op.create_index(op.f("ix_post_manager_post_id"), "post", ["manager_post_id"])
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"])
    op.create_index(op.f("ix_post_unit_code"), "post", ["unit_code"])


def _subject() -> None:
    op.create_table(
        "subject",
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.PrimaryKeyConstraint("subject_key", name=op.f("pk_subject")),
    )
    op.create_index(op.f("ix_subject_person_id"), "subject", ["person_id"])
