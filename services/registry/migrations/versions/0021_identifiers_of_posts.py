"""What further source systems call posts, beside the one that they came from.

As with people: the first identifier of a post stays in `post`, where old code writes it, and two triggers keep a
source record from being one post's there and another's here.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_VIEW = """
create or replace view identified_post as
select source as system_id, external_id as value, post_id from post where external_id is not null
union all
select system_id, value, post_id from post_identifier
"""
_OF_FIRST = """
create or replace function refuse_further_post_as_first() returns trigger language plpgsql as $$
begin
    if exists (select from post_identifier) and exists (
        select from added join post_identifier further
            on further.system_id = added.source and further.value = added.external_id)
    then
        raise exception 'A source record belongs to one post.'
            using errcode = 'unique_violation', constraint = 'one_post_of_a_source_record';
    end if;
    return null;
end
$$
"""
_OF_FURTHER = """
create or replace function refuse_first_post_as_further() returns trigger language plpgsql as $$
begin
    if exists (select from post where source = new.system_id and external_id = new.value) then
        raise exception 'A source record belongs to one post.'
            using errcode = 'unique_violation', constraint = 'one_post_of_a_source_record';
    end if;
    return new;
end
$$
"""
_TRIGGERS = (
    """
    create or replace trigger first_identifier after insert on post referencing new table as added
    for each statement execute function refuse_further_post_as_first()
    """,
    """
    create or replace trigger further_identifier before insert or update on post_identifier
    for each row execute function refuse_first_post_as_further()
    """,
)


def upgrade() -> None:
    """Make the table, the view of all identifiers, and the triggers."""
    op.create_table(
        "post_identifier",
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("system_id", sa.Text, nullable=False),
        sa.Column("post_id", sa.UUID, nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["system_id"], ["source_system.system_id"], name=op.f("fk_post_identifier_system_id")
        ),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.post_id"], name=op.f("fk_post_identifier_post_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("value", "system_id", name=op.f("pk_post_identifier")),
        sa.UniqueConstraint("post_id", "system_id", name=op.f("uq_post_identifier_post_id_system_id")),
        if_not_exists=True,
    )
    for statement in (_VIEW, _OF_FIRST, _OF_FURTHER, *_TRIGGERS):
        op.execute(statement)


def downgrade() -> None:
    """Take them away again; only a development database ever does."""
    op.execute("drop trigger first_identifier on post")
    op.execute("drop view identified_post")
    op.drop_table("post_identifier")
    op.execute("drop function refuse_further_post_as_first()")
    op.execute("drop function refuse_first_post_as_further()")
