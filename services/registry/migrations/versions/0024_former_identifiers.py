"""What a source system called people before it gave them another number.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# As in 0020, and a former number is nobody else's either.
_OF_FIRST = """
create or replace function refuse_further_as_first() returns trigger language plpgsql as $$
begin
    if exists (select from person_identifier) and exists (
        select from added join person_identifier further
            on further.system_id = added.source and further.value = added.external_id)
        or exists (select from former_identifier) and exists (
        select from added join former_identifier former
            on former.system_id = added.source and former.value = added.external_id)
    then
        raise exception 'A source record belongs to one person.'
            using errcode = 'unique_violation', constraint = 'one_person_of_a_source_record';
    end if;
    return null;
end
$$
"""
_AS_BEFORE = """
create or replace function refuse_further_as_first() returns trigger language plpgsql as $$
begin
    if exists (select from person_identifier) and exists (
        select from added join person_identifier further
            on further.system_id = added.source and further.value = added.external_id)
    then
        raise exception 'A source record belongs to one person.'
            using errcode = 'unique_violation', constraint = 'one_person_of_a_source_record';
    end if;
    return null;
end
$$
"""


def upgrade() -> None:
    """Make the table, and let the trigger look there too."""
    op.create_table(
        "former_identifier",
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_former_identifier_system_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_former_identifier_person_id")
        ),
        sa.PrimaryKeyConstraint("value", "system_id", name=op.f("pk_former_identifier")),
        if_not_exists=True,
    )
    op.create_index(
        op.f("ix_former_identifier_person_id"), "former_identifier", ["person_id"], if_not_exists=True
    )
    op.execute(_OF_FIRST)


def downgrade() -> None:
    """Take it away again; only a development database ever does."""
    op.execute(_AS_BEFORE)
    op.drop_table("former_identifier")
