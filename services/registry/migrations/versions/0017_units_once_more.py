"""Units are published once more, so that every service and the hub learn their names.

To be on the list is all it takes: the timer publishes them, 500 at a time.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Put them on the list, some thousand at a time."""
    op.execute("""
        do $$
        declare
            last text := '';
            highest text;
        begin
            loop
                select unit_code into highest from (
                    select unit_code from unit where unit_code > last order by unit_code limit 5000
                ) chosen order by unit_code desc limit 1;
                exit when highest is null;
                insert into unit_agenda (unit_code)
                select unit_code from unit where unit_code > last and unit_code <= highest
                on conflict do nothing;
                last := highest;
            end loop;
        end
        $$
    """)


def downgrade() -> None:
    """Nothing to undo: what was published stays true."""
