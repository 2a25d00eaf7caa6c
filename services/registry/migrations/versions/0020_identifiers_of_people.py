"""What further source systems call people, beside the one that they were first recorded by.

The first identifier of a person stays in `person`, where old code writes it. Two triggers keep a source record
from being one person's there and another's here.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_VIEW = """
create or replace view identified_person as
select source as system_id, external_id as value, person_id from person where external_id is not null
union all
select system_id, value, person_id from person_identifier
"""
_OF_FIRST = """
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
_OF_FURTHER = """
create or replace function refuse_first_as_further() returns trigger language plpgsql as $$
begin
    if exists (select from person where source = new.system_id and external_id = new.value) then
        raise exception 'A source record belongs to one person.'
            using errcode = 'unique_violation', constraint = 'one_person_of_a_source_record';
    end if;
    return new;
end
$$
"""
_TRIGGERS = (
    """
    create or replace trigger first_identifier after insert on person referencing new table as added
    for each statement execute function refuse_further_as_first()
    """,
    """
    create or replace trigger further_identifier before insert or update on person_identifier
    for each row execute function refuse_first_as_further()
    """,
)


def upgrade() -> None:
    """Make the table, the view of all identifiers, and the triggers."""
    op.create_table(
        "person_identifier",
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("person_id", sa.UUID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_person_identifier_system_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.person_id"], name=op.f("fk_person_identifier_person_id")
        ),
        sa.PrimaryKeyConstraint("value", "system_id", name=op.f("pk_person_identifier")),
        sa.UniqueConstraint("person_id", "system_id", name=op.f("uq_person_identifier_person_id_system_id")),
        if_not_exists=True,
    )
    for statement in (_VIEW, _OF_FIRST, _OF_FURTHER, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.execute("drop trigger first_identifier on person")
    op.execute("drop view identified_person")
    op.drop_table("person_identifier")
    op.execute("drop function refuse_further_as_first()")
    op.execute("drop function refuse_first_as_further()")
