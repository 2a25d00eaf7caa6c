"""People with posts are published once more, so that every service learns when and by whom those were written.

A day that is past on their agenda is all it takes: the timer publishes them, 500 at a time.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put the day on their agenda, some thousand people at a time."""
    op.execute("""
        do $$
        declare
            last uuid := '00000000-0000-0000-0000-000000000000';
            highest uuid;
        begin
            loop
                select person_id into highest from (
                    select distinct person_id from post where person_id > last order by person_id limit 5000
                ) chosen order by person_id desc limit 1;
                exit when highest is null;
                insert into agenda (person_id, due_on)
                select distinct person_id, date '1900-01-01' from post
                where person_id > last and person_id <= highest
                on conflict do nothing;
                last := highest;
            end loop;
        end
        $$
    """)


def downgrade() -> None:
    """Nothing to undo: what was published stays true."""
