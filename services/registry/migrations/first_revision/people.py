"""People and posts, as the first revision makes them.

Frozen: what has been published is changed by later revisions alone.
"""

import sqlalchemy as sa
from alembic import op

TABLES = ("person", "person_version", "subject", "post", "post_version", "agenda")


def create() -> None:
    """Create them, those that others refer to first."""
    _person()
    _person_version()
    _subject()
    _post()
    _post_version()
    _agenda()


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("person_id", sa.UUID, server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("sex", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("cadre", sa.Text),
        sa.Column("deactivated_on", sa.Date),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.Column(
            "line_digest",
            sa.LargeBinary,
            comment="of the line that said exactly this; null after any other change",
        ),
        sa.CheckConstraint("sex in ('female', 'male', 'other')", name=op.f("ck_person_sex")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("external_id", "source", name=op.f("uq_person_external_id_source")),
        postgresql_with={"fillfactor": 85},
    )


def _person_version() -> None:
    op.create_table(
        "person_version",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("family_name", sa.Text, nullable=False),
        sa.Column("given_name", sa.Text),
        sa.Column("phone", sa.Text),
        sa.Column("email", sa.Text),
        sa.Column("sex", sa.Text),
        sa.Column("birth_year", sa.SmallInteger),
        sa.Column("cadre", sa.Text),
        sa.Column("deactivated_on", sa.Date),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "version", name=op.f("pk_person_version")),
    )


def _subject() -> None:
    op.create_table(
        "subject",
        sa.Column("subject_key", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("iss", sa.Text, nullable=False),
        sa.Column("sub", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_subject_person_id")),
        sa.PrimaryKeyConstraint("subject_key", name=op.f("pk_subject")),
    )
    op.create_index(op.f("ix_subject_person_id"), "subject", ["person_id"])


def _post() -> None:
    op.create_table(
        "post",
        sa.Column("post_id", sa.UUID, server_default=sa.text("uuidv7()"), nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("external_id", sa.Text),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("acting", sa.Boolean, nullable=False),
        sa.Column("primary_claim", sa.Boolean, nullable=False),
        sa.Column("manager_post_id", sa.UUID),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.CheckConstraint(
            "valid_to is null or valid_to >= valid_from", name=op.f("ck_post_ends_after_start")
        ),
        sa.PrimaryKeyConstraint("post_id", name=op.f("pk_post")),
        sa.UniqueConstraint("external_id", "source", name=op.f("uq_post_external_id_source")),
    )
    op.create_index(op.f("ix_post_manager_post_id"), "post", ["manager_post_id"])
    op.create_index(op.f("ix_post_person_id"), "post", ["person_id"])
    op.create_index(op.f("ix_post_role_code"), "post", ["role_code"])
    op.create_index(op.f("ix_post_unit_code"), "post", ["unit_code"])


def _post_version() -> None:
    op.create_table(
        "post_version",
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("role_code", sa.Text, nullable=False),
        sa.Column("valid_from", sa.Date, nullable=False),
        sa.Column("valid_to", sa.Date),
        sa.Column("acting", sa.Boolean, nullable=False),
        sa.Column("primary_claim", sa.Boolean, nullable=False),
        sa.Column("manager_post_id", sa.UUID),
        sa.Column("withdrawn", sa.Boolean, server_default=sa.text("false"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("post_id", "version", name=op.f("pk_post_version")),
    )


def _agenda() -> None:
    op.create_table(
        "agenda",
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("due_on", sa.Date, nullable=False),
        sa.PrimaryKeyConstraint("person_id", "due_on", name=op.f("pk_agenda")),
        comment="days still to come on which a person's published state changes by itself",
    )
    op.create_index(op.f("ix_agenda_due_on"), "agenda", ["due_on"])
